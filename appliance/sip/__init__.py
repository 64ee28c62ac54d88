"""The SIP room: the only one that knows pjsua2.

One thread named ``sip`` owns the whole library, its garbage included (`thread`, `endpoint` and what
hangs on it); the asyncio side (`engine`) queues effects for it and receives events. Nothing of
pjsua2 leaves this room, and inside it nothing leaves the thread: what crosses are ints, strings and
frozen dataclasses. `settings` and `verdict` are plain values that others may build on.
"""

from __future__ import annotations
