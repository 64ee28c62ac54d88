"""Whether a server asks for a call to be answered by itself. Pure: a message in, seconds out.

There is a standard that few speak (RFC 5373) and there are habits: the parameter ``answer-after``
of Call-Info, and words in Alert-Info. Only what came from the trusted server is to be read here.
"""

from __future__ import annotations

import re

from appliance.sip.translate import headers

LONGEST_SECONDS = 60.0
"""A call that is to ring for longer than this is one to be answered by somebody."""
RING_ANSWER_SECONDS = 2.0
"""How long a call rings that is to ring first, where nothing says for how long."""
_AFTER = re.compile(r";\s*answer-after\s*=\s*\"?(\d{1,4})(?![\w.])", re.IGNORECASE)
_AT_ONCE = re.compile(r"alert-autoanswer|auto[ _-]?answer", re.IGNORECASE)
_RING_FIRST = re.compile(r"ring[ _-]?answer", re.IGNORECASE)


def answer_after(message: str) -> float | None:
    """After how many seconds of ringing the call is to be answered; None: by somebody."""
    for value in headers(message, "Call-Info"):
        found = _AFTER.search(value)
        if found is not None and float(found[1]) <= LONGEST_SECONDS:
            return float(found[1])
    modes = headers(message, "Answer-Mode") + headers(message, "Priv-Answer-Mode")
    if any(mode.partition(";")[0].strip().lower() == "auto" for mode in modes):
        return 0.0
    alerts = headers(message, "Alert-Info")
    if any(map(_RING_FIRST.search, alerts)):
        return RING_ANSWER_SECONDS
    return 0.0 if any(map(_AT_ONCE.search, alerts)) else None
