"""What the library is told with an operation on a call: one audio stream, and no more.

It would offer real-time text too (T.140), and take a third of a second to end it.
"""

from __future__ import annotations

from typing import Any

from appliance.sip.border import pj, sip_header

MOVED = 302
_MOVED_ADDRESS = (
    pj.PJSUA_CALL_REINIT_MEDIA | pj.PJSUA_CALL_UPDATE_CONTACT | pj.PJSUA_CALL_UPDATE_VIA
)


def voice_only(code: int = 0) -> Any:
    """The parameter of a call operation that offers or accepts one audio stream and no more."""
    parameter = pj.CallOpParam(True)
    parameter.opt.audioCount = 1
    parameter.opt.videoCount = 0
    parameter.opt.textCount = 0
    if code:
        parameter.statusCode = code
    return parameter


def resumption() -> Any:
    """Of a re-INVITE that ends our hold."""
    parameter = voice_only()
    parameter.opt.flag = pj.PJSUA_CALL_UNHOLD
    return parameter


def relocation() -> Any:
    """Of a re-INVITE that carries a call over to another address of ours."""
    parameter = voice_only()
    parameter.opt.flag = _MOVED_ADDRESS
    return parameter


def redirection(uri: str) -> Any:
    """Of the answer 302 that names where to call instead, RFC 3261 section 21.3.3."""
    parameter = pj.CallOpParam()
    parameter.statusCode = MOVED
    parameter.txOption.headers.push_back(sip_header("Contact", f"<{uri}>"))
    return parameter
