"""One digit in one call: as events, as a request when it is over, or as tones in the voice.

How is the account's choice; a far end that knows no events (RFC 4733) gets tones. The agent hears
each digit for as long as it sounds. Lives on the sip thread, and no longer than its call.
"""

from __future__ import annotations

import ctypes
import importlib
import logging
import time
from typing import TYPE_CHECKING

from appliance.sip.border import pj, words

if TYPE_CHECKING:
    from appliance.sip.legs import Leg

log = logging.getLogger(__name__)

LONGEST_MS = 9000
"""An event ends by then though nobody says so; the phone lets go of a stuck key before."""
_C = ctypes.CDLL(importlib.import_module("_pjsua2").__file__)


class Dtmf:
    """The way of digits into a call, one at a time."""

    def __init__(self, leg: Leg) -> None:
        self._leg: Leg | None = leg
        self._digit = ""
        self._how = ""
        self._began = 0.0

    def begin(self, digit: str) -> bool:
        """Let a digit sound; False when it has to be tried again.

        While a hold keeps us from sending audio all that wait are dropped: none shall come late.
        """
        leg = self._leg
        if leg is None:
            return False
        how = leg.line.settings.dtmf
        if leg.audio() is None or not (leg.sends or how == "info"):
            leg.digits.forget()
            return False
        if how == "rfc4733" and not leg.takes_events:
            how = "inband"
        if how == "rfc4733" and not self._event(leg, digit):
            return False
        self._digit, self._how, self._began = digit, how, time.monotonic()
        leg.station.sound.digit(leg, digit, aloud=how == "inband")
        return True

    def end(self) -> None:
        """It is over: a request with its length is sent now (application/dtmf-relay)."""
        leg = self._leg
        if leg is None or not self._digit:
            return
        leg.station.sound.digit(leg, "", aloud=False)
        if self._how == "rfc4733":
            _C.digits_end(leg.getId())
        elif self._how == "info":
            lasted = min(LONGEST_MS, round(1000 * (time.monotonic() - self._began)))
            if not self._send(leg, pj.PJSUA_DTMF_METHOD_SIP_INFO, self._digit, lasted):
                log.warning("call %d: a digit is lost", leg.identity)
        self._digit = ""

    def over(self) -> None:
        """The call has ended."""
        leg, self._leg = self._leg, None
        if leg is not None and self._digit:
            leg.station.sound.digit(leg, "", aloud=False)

    def _event(self, leg: Leg, digit: str) -> bool:
        return self._send(leg, pj.PJSUA_DTMF_METHOD_RFC2833, digit, LONGEST_MS)

    def _send(self, leg: Leg, method: int, digit: str, milliseconds: int) -> bool:
        parameter = pj.CallSendDtmfParam()
        parameter.method = method
        parameter.digits = digit
        parameter.duration = milliseconds
        try:
            leg.sendDtmf(parameter)
        except pj.Error as error:
            log.info("call %d: a digit cannot go now: %s", leg.identity, words(error))
            return False
        return True
