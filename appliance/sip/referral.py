"""Calls that are given away: REFER from us to the server, and from the server to us (RFC 3515).

A REFER of ours is reported until its end, whatever that is, each by its serial: of several in one
call every NOTIFY says in its event's id which REFER it is about, by the CSeq of that (section
2.4.6); one without an id is about the oldest. One of the server's is followed for the
very call that the agent speaks in and for no other; strangers' do not pass the gate. An INVITE of
the server's may take the place of a call (Replaces, RFC 3891); those who may only ring are refused
and named in the journal. Lives on the sip thread.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from appliance.phone.events import CallReferred, CallReplaced, TransferProgress
from appliance.sip.border import pj, plain_text, words
from appliance.sip.identity import trusted_caller
from appliance.sip.translate import address, header, seconds_in

if TYPE_CHECKING:
    from appliance.sip.legs import Leg

log = logging.getLogger(__name__)

_EVENT_ID = re.compile(r";\s*id\s*=\s*(\d{1,10})\b")
_SIP = re.compile(r"^[^<]*<?\s*sips?:", re.IGNORECASE)
ACCEPTED, FORBIDDEN, DECLINED = 202, 403, 603
NOT_SENT = 500


class Referral:
    """What one call has to do with REFER."""

    def __init__(self, leg: Leg) -> None:
        self._leg: Leg | None = leg
        self._newest = 0
        self._open: set[int] = set()
        self._by_number: dict[int, int] = {}
        self._about = 0
        self._successor: Leg | None = None
        self._party = ("", "")

    def send(self, number: str, target: Leg | None, serial: int) -> None:
        """Ask the far end to call `number`, or to take our place in the call `target`."""
        leg = self._leg
        if leg is None:
            return
        self._newest = self._about = serial
        self._open.add(serial)
        try:
            if target is not None:
                leg.xferReplaces(target, pj.CallOpParam())
            else:
                leg.xfer(leg.line.address_of(number), pj.CallOpParam())
        except pj.Error as error:
            log.warning("call %d cannot be transferred: %s", leg.identity, words(error))
            self._tell(leg, NOT_SENT, "")

    def heard(self, method: str, code: int, message: str) -> None:
        """A message of this dialog, before the library says what is in it: which REFER it is about.

        `code` is its status, of a request 0.
        """
        if method == "REFER" and code:
            self._about = self._newest
            self._by_number[seconds_in(header(message, "CSeq"))] = self._newest
        elif method == "NOTIFY" and not code:
            found = _EVENT_ID.search(header(message, "Event", "o"))
            oldest = min(self._open, default=0)
            self._about = self._by_number.get(int(found[1]), self._newest) if found else oldest

    def status(self, prm: Any) -> None:
        """The answer to a REFER of ours, or a NOTIFY about it.

        The library may tell the call that came after this one under the same number.
        """
        leg = self._leg
        if leg is None or self._about not in self._open:
            return
        code = int(prm.statusCode)
        if code >= 200:
            prm.cont = False
        self._tell(leg, code, plain_text(prm.reason))

    def requested(self, prm: Any) -> None:
        """Follow a REFER, or refuse it."""
        leg = self._leg
        if leg is None:
            prm.statusCode = DECLINED
            return
        switchboard = leg.station.switchboard
        target = plain_text(prm.dstUri)
        number = address(target)[0] if _SIP.search(target) else ""
        if not switchboard.may_refer(leg.identity) or not number:
            prm.statusCode = DECLINED
            log.info("call %d: a REFER of the server is declined", leg.identity)
        else:
            prm.statusCode = ACCEPTED
            prm.opt.videoCount = prm.opt.textCount = 0
            child = prm.newCall = switchboard.child(leg, outgoing=True)
            leg.station.post(CallReferred(leg.identity, child.identity, number))
            leg.station.thread.later(0.0, lambda: switchboard.check(child.identity))

    def replacement(self, prm: Any) -> None:
        """An INVITE wants the place of this call: let it, or refuse it."""
        leg, source = self._leg, prm.rdata.srcAddress
        if leg is None or not leg.confirmed:
            prm.statusCode = DECLINED
        elif not leg.station.trusts(source):
            prm.statusCode = FORBIDDEN
            log.warning("INVITE with Replaces from %s refused: not our server", source)
        else:
            prm.statusCode = pj.PJSIP_SC_OK
            prm.opt.videoCount = prm.opt.textCount = 0
            self._successor = prm.newCall = leg.station.switchboard.child(leg, outgoing=False)
            self._party = trusted_caller(plain_text(prm.rdata.wholeMsg))

    def replaced(self) -> None:
        """It has the place of this call."""
        leg, new = self._leg, self._successor
        if leg is not None and new is not None:
            leg.station.post(CallReplaced(leg.identity, new.identity, *self._party))

    def over(self) -> None:
        """The call has ended."""
        self._leg = self._successor = None

    def _tell(self, leg: Leg, code: int, reason: str) -> None:
        if code >= 200:
            self._open.discard(self._about)
        leg.station.post(TransferProgress(leg.identity, code, reason, self._about))
