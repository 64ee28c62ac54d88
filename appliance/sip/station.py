"""The tenant of the sip thread: library, transports, lines, calls and sound, and who does what.

Effects come in as they are; events go out through `post`. Everything here runs on the sip thread.
"""

from __future__ import annotations

import errno
import gc
import logging
import random
import time
from collections.abc import Callable
from typing import Any

from appliance.phone.effects import (
    AnswerCall,
    CheckCall,
    Effect,
    EndCall,
    ForwardCall,
    HoldCall,
    PlaceCall,
    SendDigits,
    SetAudio,
    SetDigit,
    SetRinger,
    SetTone,
    TransferCall,
    WatchCall,
)
from appliance.phone.events import Event, RemoteControl, ResyncRequested, TextReceived
from appliance.phone.policy import SetPolicy
from appliance.sip import choice
from appliance.sip.border import plain_text
from appliance.sip.gate import Gate
from appliance.sip.legs import Leg
from appliance.sip.library import Library
from appliance.sip.lines import Line
from appliance.sip.quality import CallQuality
from appliance.sip.relays import Relays
from appliance.sip.remote import Wish
from appliance.sip.settings import SipSettings
from appliance.sip.sound import Sound
from appliance.sip.switchboard import OK, Switchboard
from appliance.sip.targets import Target
from appliance.sip.thread import SipThread
from appliance.sip.translate import address
from appliance.sip.transports import Transports
from appliance.sip.trust import is_from
from appliance.sip.verdict import Attempt

log = logging.getLogger(__name__)

OPEN_DEVICE_SLEEP_SECONDS = 0.5
"""Longest sleep while the device is open: its errors wait for the thread to look."""
GOODBYE_SECONDS = 0.1
"""Least time left to the last requests for reaching the wire and being answered."""
_SYSTEM_ERRORS = 120_000
"""Where pjlib's numbers for the system's errors begin (pj/errno.h)."""
DEAD = frozenset(
    _SYSTEM_ERRORS + number
    for number in (errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)
)
"""What a connection ends with when the other end has stopped answering."""
_FIRST_RTP_PORT, _LAST_RTP_PORT = 16384, 32000

Registered = Callable[[int, Target, Attempt, int], None]
Failed = Callable[[int, Attempt], None]
Lost = Callable[[int, bool], None]


class Station:
    """Everything that belongs to pjsua2, alive between `open` and `close`."""

    def __init__(
        self,
        thread: SipThread,
        settings: SipSettings,
        post: Callable[[Event], None],
        registered: Registered,
        failed: Failed,
        lost: Lost,
        unheard: Failed,
    ) -> None:
        self.thread = thread
        self.settings = settings
        self.post = post
        self._registered = registered
        self._failed = failed
        self._lost = lost
        self._unheard = unheard
        self._lines: dict[int, Line] = {}
        self.relays = Relays()
        """The helpers of the audio that answered last."""
        self._audio = SetAudio(0, muted=False)
        self._digit = SetDigit()
        self._watched = 0
        spread = (_LAST_RTP_PORT - _FIRST_RTP_PORT) // settings.rtp_port_range
        self.rtp_port = settings.rtp_port or (
            _FIRST_RTP_PORT + settings.rtp_port_range * random.randrange(spread)
        )
        self.gate = Gate(settings)
        self.library = Library(settings, self)
        self.transports = Transports(self.library, settings)
        self.switchboard = Switchboard(self, settings.lines)
        self.sound = Sound(self.library, settings.audio, thread, post)

    def open(self) -> None:
        """Start the library; raises `EngineError`."""
        self.library.start()
        self.sound.open()

    def wait(self, seconds: float) -> None:
        """Sleep until something comes."""
        if self.sound.is_open:
            seconds = min(seconds, OPEN_DEVICE_SLEEP_SECONDS)
        self.library.wait(seconds)
        self.gate.watch()

    def wake(self) -> None:
        """End the sleep. From any thread."""
        self.library.wake()

    def close(self, seconds: float) -> None:
        """Hang up, un-register, and end the library."""
        deadline = time.monotonic() + seconds
        goodbye = time.monotonic() + (GOODBYE_SECONDS if self.switchboard.busy else 0.0)
        self.switchboard.hang_up_all()
        leaving = [line for line in self._lines.values() if line.unregister()]
        while time.monotonic() < deadline:
            if time.monotonic() >= goodbye and not any(line.registered for line in leaving):
                break
            self.library.wait(0.02)
        leaving.clear()
        self.switchboard.close()
        self.sound.close()
        for line in self._lines.values():
            line.shutdown()
        self._lines.clear()
        gc.collect()
        self.library.stop()
        gc.collect()

    def perform(self, effect: Effect) -> None:
        """Do what the core said, if it is for this room."""
        match effect:
            case PlaceCall(call, account, number):
                self.switchboard.place(call, self._lines.get(account), number)
                self._join()
            case SetAudio():
                self._audio = effect
                self._join()
            case SetDigit():
                self._sound_digit(effect)
            case SetTone(tone):
                self.sound.set_tone(tone)
            case SetRinger(ringing, ring):
                self.sound.set_ringing(ring if ringing else "")
            case SetPolicy():
                self.switchboard.set_policy(effect)
            case WatchCall(call):
                self._watch(call)
            case TransferCall(call, number, target, serial):
                self.switchboard.transfer(call, number, target, serial)
            case (
                AnswerCall(call)
                | EndCall(call)
                | ForwardCall(call)
                | HoldCall(call)
                | SendDigits(call)
                | CheckCall(call)
            ):
                leg = self.switchboard.leg(call)
                if leg is not None:
                    _command(leg, effect)

    def register(
        self, account: int, target: Target, patience: float, *, fresh: bool = False
    ) -> None:
        """Send REGISTER for an account to a server that was found.

        If it is to be `fresh` it goes over a new connection.
        """
        settings = next(known for known in self.settings.accounts if known.index == account)
        line = self._lines.get(account)
        if line is None:
            line = self._lines[account] = Line(self, settings)
        if fresh:
            line.leave()
        self.gate.admit(account, target, calls=self.switchboard.busy)
        line.register(target, patience)

    def change(self, settings: SipSettings) -> None:
        """Accounts prove themselves otherwise, from the next REGISTER on."""
        self.settings = settings
        for account in settings.accounts:
            line = self._lines.get(account.index)
            if line is not None:
                line.settings = account

    def use_relays(self, relays: Relays) -> None:
        """Let these help the audio of calls that begin from now on."""
        self.relays = relays
        self.library.use_stun(relays.stun)
        for line in self._lines.values():
            line.use_relays()

    def refused(self, account: int, target: Target, why: str) -> None:
        """An account's REGISTER to `target` will get no answer."""
        line = self._lines.get(account)
        if line is not None:
            line.refused(target, why)

    def renew(self, account: int) -> None:
        """Register an account again where it is registered, before it is due."""
        line = self._lines.get(account)
        if line is not None:
            line.renew()

    def registered(self, line: Line, granted: Attempt, expires_in: int) -> None:
        """The registrar said yes."""
        if line.target is not None:
            self._registered(line.settings.index, line.target, granted, expires_in)

    def failed(self, line: Line, attempt: Attempt) -> None:
        """The registrar said no, or nothing."""
        if not self.switchboard.closing:
            self._failed(line.settings.index, attempt)

    def heard(self, method: str, source: str) -> None:
        """A request arrived; those of a server in use show that it can reach us.

        It is answered first: a caller waits for the 180.
        """
        self.thread.later(0.0, lambda: self._note(method, source))

    def _note(self, method: str, source: str) -> None:
        for line in self._lines.values():
            if is_from(source, line.trusted):
                line.heard(method)

    def remote_control(self, number: int, wish: Wish) -> None:
        """The server wants something of the call that has this number in the library, or of all."""
        if wish == "check" or wish == "restart":  # noqa: PLR1714 - mypy follows only this
            event = ResyncRequested(restart=wish == "restart")
            self.thread.later(0.0, lambda: self.post(event))
            return
        leg = self.switchboard.numbered(number)
        if leg is not None:
            told = RemoteControl(leg.identity, wish)
            self.thread.later(0.0, lambda: self.post(told))

    def text(self, line: Line, prm: Any) -> None:
        """Somebody has sent words; those of the line's server are shown."""
        source, kind = prm.rdata.srcAddress, prm.contentType.partition(";")[0].strip().lower()
        if kind != "text/plain" or not is_from(source, line.trusted):
            log.info("MESSAGE from %s is not shown: %s", source, kind)
            return
        number, name = address(plain_text(prm.fromUri))
        event = TextReceived(line.settings.index, number, name, plain_text(prm.msgBody))
        self.thread.later(0.0, lambda: self.post(event))

    def unheard(self, line: Line, granted: Attempt) -> None:
        """The server has stopped asking after us, though the registration holds."""
        if not self.switchboard.closing:
            self._unheard(line.settings.index, granted)

    def last_request(self, account: int) -> tuple[str, float]:
        """Method and age in seconds of the last request from the account's server; ("", 0.0)."""
        line = self._lines.get(account)
        if line is None:
            return "", 0.0
        return line.attendance.method, line.attendance.age(time.monotonic())

    def connection_lost(self, connection: int, error: int) -> None:
        """A connection went down: it matters to the lines that were registered over it."""
        if self.switchboard.closing:
            return
        for line in self._lines.values():
            if line.has_lost(connection):
                self._lost(line.settings.index, error in DEAD)

    def abandon(self, target: Target) -> None:
        """A server says nothing on its connections: lines that are registered over one ask anew."""
        retired = self.transports.abandon(target)
        for line in self._lines.values():
            if line.is_on(retired):
                self.thread.later(0.0, line.renew)

    def gone_silent(self, line: Line) -> None:
        """A server holds a line's connection and answers nothing on it any more."""
        if not self.switchboard.closing:
            self._lost(line.settings.index, True)

    def account_for(self, message: str, source: str, proposed: int) -> int:
        """The library's number of the account that a request from outside is for."""
        if len(self._lines) < 2:
            return proposed
        numbers = {index: int(line.getId()) for index, line in self._lines.items()}
        ours = next((index for index, number in numbers.items() if number == proposed), -1)
        servers = {index: line.trusted for index, line in self._lines.items()}
        return numbers.get(choice.account_for(message, source, ours, servers), proposed)

    def trusts(self, source: str) -> bool:
        """Whether a server in use has sent this; who may ring besides is another question."""
        return any(is_from(source, line.trusted) for line in self._lines.values())

    def left(self, leg: Leg) -> None:
        """A call is over; its audio must not be joined any more."""
        if leg.identity in (self._audio.call, *self._audio.others):
            self._join()

    def quality(self, call: int) -> CallQuality | None:
        """The figures of a call's media."""
        leg = self.switchboard.leg(call)
        return leg.quality() if leg is not None else None

    def _sound_digit(self, wanted: SetDigit) -> None:
        """The digit before ends, and this one begins in its turn."""
        before, self._digit = self.switchboard.leg(self._digit.call), wanted
        if before is not None:
            before.digits.release()
        leg = self.switchboard.leg(wanted.call)
        if leg is not None:
            leg.digits.press(wanted.digit)

    def _watch(self, call: int) -> None:
        before, self._watched = self.switchboard.leg(self._watched), call
        if before is not None:
            before.life.rest()
        leg = self.switchboard.leg(call)
        if leg is not None:
            leg.life.begin()

    def _join(self) -> None:
        legs = map(self.switchboard.leg, (self._audio.call, *self._audio.others))
        self.sound.join([leg for leg in legs if leg is not None], self._audio.muted)


def _command(leg: Leg, effect: Effect) -> None:
    match effect:
        case AnswerCall():
            leg.respond(OK)
        case EndCall(code=code):
            leg.end(code)
        case ForwardCall(number=number):
            leg.redirect(number)
        case HoldCall(held=held):
            leg.hold.want(held)
        case SendDigits(digits=digits):
            leg.digits.add(digits)
        case CheckCall():
            leg.check()
