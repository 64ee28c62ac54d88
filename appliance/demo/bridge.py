"""Two phones on one call: a back-to-back user agent that changes nothing (RFC 7092 section 3.1).

Session descriptions pass untouched, so voice flows between the phones directly; ringing, answers,
hold, refusals and the end of the call pass both ways. No stream is ever opened here.
"""

from __future__ import annotations

from appliance.demo.legs import (
    Answered,
    Changed,
    Ended,
    Informed,
    Invited,
    Leg,
    LegEvent,
    Offered,
    OutgoingLeg,
    Progressed,
    Refused,
)

_UNREACHABLE = (480, "Temporarily Unavailable")
_NOT_THE_CALLERS_BUSINESS = frozenset({401, 407, 408})


class Bridge:
    """Carries each leg's events over to the other."""

    def __init__(self, caller: Leg, callee: OutgoingLeg) -> None:
        self._caller, self._callee = caller, callee
        self._answered = False

    def from_caller(self, event: LegEvent) -> None:
        """The phone that dialled has something to say."""
        if isinstance(event, Invited):
            self._callee.invite(event.sdp, self.from_callee)
        else:
            _carry(event, self._callee)

    def from_callee(self, event: LegEvent) -> None:
        """The phone that was dialled has something to say."""
        if isinstance(event, (Answered, Offered)):
            self._answered = True
        if not self._answered:
            lost = isinstance(event, Refused) and event.code in _NOT_THE_CALLERS_BUSINESS
            if lost or isinstance(event, Ended):
                self._caller.refuse(*_UNREACHABLE)
                return
        _carry(event, self._caller)


def _carry(event: LegEvent, other: Leg) -> None:
    match event:
        case Progressed(code, reason, sdp):
            other.progress(code, reason, sdp)
        case Offered(sdp):
            other.offer(sdp)
        case Answered(sdp):
            other.answer(sdp)
        case Changed(sdp):
            other.change(sdp)
        case Refused(code, reason):
            other.refuse(code, reason)
        case Informed(body):
            other.inform(body)
        case Ended():
            other.hang_up()
        case Invited():
            pass
