"""What a registrar's answer comes to, as the library hands it over. Lives on the sip thread."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from typing import Any

from appliance.sip.border import plain_text
from appliance.sip.translate import head, header, seconds_in
from appliance.sip.verdict import Attempt


def refusal(attempt: Attempt, prm: Any, error: str, tls: tuple[str, ...]) -> Attempt:
    """An attempt (of which nothing is known yet) that was turned down, or got no answer.

    `error` is the library's word, `tls` what it said of the server's certificate.
    """
    message = plain_text(prm.rdata.wholeMsg)
    return replace(
        attempt,
        code=int(prm.code),
        reason=plain_text(prm.reason),
        answered=bool(message),
        source=prm.rdata.srcAddress if message else "",
        error=error,
        tls=tls,
        min_expires=seconds_in(header(message, "Min-Expires")),
        answer=head(message),
    )


def connection_of(rdata: Any) -> int:
    """The library's handle of the transport that a message came by; 0 when there is no message.

    The second pointer of pjsip_rx_data (pjsip/sip_transport.h); pjsua2 does not offer it.
    """
    address = int(rdata.pjRxData) if rdata.wholeMsg else 0
    if not address:
        return 0
    return ctypes.c_void_p.from_address(address + ctypes.sizeof(ctypes.c_void_p)).value or 0
