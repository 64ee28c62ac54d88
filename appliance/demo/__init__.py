"""The embedded PBX: a first run with no server at hand.

Real SIP and real RTP on the loopback interface, from a process of its own, so that a simulated
desk unit has someone to register with and to call. It stands on sippy, an RFC 3261 stack in
Python (BSD 2-clause, PyPI extra ``demo``); sippy's messages, transactions and dialogs are used,
its event loop, its UDP threads and its logger are replaced by asyncio (see `stack`), which is why
an idle PBX sleeps.

What may not happen here: nothing in this room is started on a unit, listens on anything but
loopback, or is imported by the phone; the simulator's wiring constructs `server.EmbeddedPbx` and
nobody else does.

    600  echo                    603  rings, never answers
    601  a steady tone, 1004 Hz  604  hangs up, then calls back
    602  busy                    any registered extension
"""

from __future__ import annotations
