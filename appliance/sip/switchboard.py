"""All calls of the phone: placed, taken in, found again by their id. Lives on the sip thread.

What may ring is decided here, before the core hears of it, because the caller is owed an answer
within milliseconds: it rings, or is turned away as the core's policy says; a phone that is shutting
down says 503. Strangers don't get as far as this: see `gate`.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

from appliance.phone.events import CallEnded, CallIncoming, CallTurnedAway, TransferProgress
from appliance.phone.policy import SetPolicy
from appliance.sip.autoanswer import answer_after
from appliance.sip.border import pj, plain_text, words
from appliance.sip.identity import diverted_from, trusted_caller
from appliance.sip.legs import Leg
from appliance.sip.translate import caller, has_header
from appliance.sip.trust import is_from

log = logging.getLogger(__name__)

KEY_LOOK_SECONDS, KEY_LOOKS = 0.25, 40
"""How often and how many times it is looked whether a call is secured."""
BUSY, RINGING, OK, GONE = 486, 180, 200, 481
SHUTTING_DOWN, NO_SERVER = 503, 503


def _announcement(leg: Leg, request: Any, header: str) -> CallIncoming:
    """What the core hears of a call; of a stranger's only what anybody may say of himself.

    A session is known by `header`, as in `Sessions`.
    """
    line, message = leg.line, plain_text(request.wholeMsg)
    if not is_from(request.srcAddress, line.trusted):
        if answer_after(message) is not None:
            line.station.gate.unheeded(request.srcAddress)
        return CallIncoming(leg.identity, line.settings.index, *caller(message))
    number, name = trusted_caller(message)
    return CallIncoming(
        *(leg.identity, line.settings.index, number, name, diverted_from(message)),
        trusted=True,
        answer_after=answer_after(message),
        marked=bool(header) and has_header(message, header),
    )


class Switchboard:
    """The legs by their id; ours are odd, the far end's even."""

    def __init__(self, station: Any, lines: int) -> None:
        self._station = station
        self._legs: dict[int, Leg] = {}
        self._next_incoming = 2
        self._policy = SetPolicy(lines, dnd=False)
        self._unseen: set[int] = set()
        self.closing = False

    @property
    def busy(self) -> bool:
        """Whether any call exists."""
        return bool(self._legs)

    def leg(self, identity: int) -> Leg | None:
        """The call with this id, if it still exists."""
        return self._legs.get(identity)

    def numbered(self, number: int) -> Leg | None:
        """The call that has this number in the library."""
        return next((leg for leg in self._legs.values() if leg.getId() == number), None)

    def moved(self, line: Any) -> None:
        """The line is registered where it was, but from another address: so must its calls be.

        Over UDP also where a NAT has given us another one: the server's requests in a call go to
        the Contact that it had (RFC 3261 section 12.2.2).
        """
        for leg in list(self._legs.values()):
            old, new = leg.target, line.target
            if leg.line is not line or not old or old.place != new.place:
                continue
            translated = new.transport == "udp" and leg.seen_from != line.seen_from
            if old.local != new.local or translated:
                leg.move(new)

    def move(self, identity: int, target: Any, tries: int) -> None:
        """Try again to carry a call over."""
        leg = self._legs.get(identity)
        if leg is not None:
            leg.move(target, tries)

    def set_policy(self, policy: SetPolicy) -> None:
        """What the core allows from now on; it knows of every call up to here."""
        self._policy = policy
        self._unseen.clear()

    def place(self, identity: int, line: Any, number: str) -> None:
        """Call `number` over `line`; what fails at once is reported as an ended call.

        The sound device is opened when the INVITE has left: ALSA may take a second over it.
        """
        if line is None or line.target is None:
            self._station.post(CallEnded(identity, NO_SERVER, "No server"))
            return
        leg = Leg(self._station, line, identity)
        self._legs[identity] = leg
        self._station.thread.later(0.0, self._settle_device)
        try:
            leg.place(number)
        except pj.Error as error:
            log.warning("call %d cannot be placed: %s", identity, words(error))
            if not leg.over:
                leg.over = True
                self.ended(leg)
                self._station.post(CallEnded(identity, 400, words(error)))

    def incoming(self, line: Any, prm: Any) -> None:
        """An INVITE: let it ring or turn it away, at once."""
        leg = Leg(self._station, line, self._next_incoming, prm.callId, outgoing=False)
        self._next_incoming += 2
        leg.known = False
        if self.closing:
            leg.end(SHUTTING_DOWN)
            return
        source, sessions = prm.rdata.srcAddress, self._policy.sessions
        heard = partial(_announcement, leg, prm.rdata, sessions.header)
        event: CallIncoming | None = None
        if self._policy.unwanted(len(self._unseen)) is not None:
            event = heard()
            why = self._policy.unwanted(len(self._unseen), session=sessions.knows(event))
            if why is not None:
                log.info("INVITE from %s does not ring: %s", source, why)
                self._turn_away(leg, CallTurnedAway(event, why))
                return
        self._legs[leg.identity] = leg
        self._unseen.add(leg.identity)
        leg.respond(RINGING)
        event = event or heard()
        self._station.thread.later(0.0, lambda: self._announce(leg, event))

    def transfer(self, identity: int, number: str, target: int, serial: int) -> None:
        """Give a call to `number`, or to the far end of our call `target` if that is not 0."""
        leg, other = self.leg(identity), self.leg(target)
        if leg is None or (target and other is None):
            self._station.post(TransferProgress(identity, GONE, serial=serial))
        else:
            leg.referral.send(number, other, serial)

    def may_refer(self, identity: int) -> bool:
        """Whether the server may have this call placed anew, by what the core allows."""
        return identity == self._policy.referable and not self.closing

    def child(self, leg: Leg, *, outgoing: bool) -> Leg:
        """The call that the library makes of another one; its number comes later."""
        new = Leg(self._station, leg.line, self._next_incoming, outgoing=outgoing)
        self._next_incoming += 2
        self._legs[new.identity] = new
        return new

    def check(self, identity: int) -> None:
        """A child that the library could not call at all is over."""
        leg = self._legs.get(identity)
        if leg is not None and leg.getId() < 0:
            leg.over = True
            self.ended(leg)
            self._station.post(CallEnded(identity, 400, "Cannot be called"))

    def await_keys(self, identity: int, looks: int = KEY_LOOKS) -> None:
        """Look whether DTLS has secured a call, until it has: the library does not say when."""

        def look() -> None:
            leg = self._legs.get(identity)
            if leg is not None and not leg.keyed() and looks > 1:
                self.await_keys(identity, looks - 1)

        self._station.thread.later(KEY_LOOK_SECONDS, look)

    def ended(self, leg: Leg) -> None:
        """A call is over."""
        self._unseen.discard(leg.identity)
        if self._legs.get(leg.identity) is leg:
            del self._legs[leg.identity]
        self._station.left(leg)
        self._settle_device()

    def hang_up_all(self) -> None:
        """End every call, and refuse new ones."""
        self.closing = True
        for leg in list(self._legs.values()):
            leg.end(SHUTTING_DOWN)

    def close(self) -> None:
        """Let go of everything."""
        self._legs.clear()

    def _turn_away(self, leg: Leg, event: CallTurnedAway) -> None:
        if event.why == "forwarded":
            leg.redirect(self._policy.elsewhere)
        else:
            leg.end(BUSY)
        self._station.thread.later(0.0, lambda: self._station.post(event))

    def _announce(self, leg: Leg, event: CallIncoming) -> None:
        """Tell the core of a call; of one that is over already too, for it was missed.

        Not before the 180 has left: the library sends it after the callback, and would wait for
        the interpreter while the loop has it.
        """
        leg.known = True
        self._station.post(event)
        if leg.end_event is not None:
            self._station.post(leg.end_event)
        self._settle_device()

    def _settle_device(self) -> None:
        self._station.sound.need("calls", bool(self._legs))
