"""An account at its registrar, as pjsua2 sees it. Lives on the sip thread.

The library refreshes a registration that holds; it never retries one that failed, for when and with
which server to try again is the core's to decide. An attempt that nobody answers is given up long
before the 32 s of RFC 3261's timer F.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from appliance.errors import EngineError
from appliance.sip import gruu
from appliance.sip.account import Wanted, account_config
from appliance.sip.attendance import Attendance
from appliance.sip.bindings import MARK, seconds_left
from appliance.sip.border import guarded, pj, plain_text, words
from appliance.sip.choice import contact_parameters
from appliance.sip.flow import Flow
from appliance.sip.mailbox import Mailbox
from appliance.sip.outcome import connection_of, refusal
from appliance.sip.settings import AccountSettings
from appliance.sip.targets import Target
from appliance.sip.thread import Alarm
from appliance.sip.translate import (
    head,
    header,
    seconds_in,
    seen_from,
    sip_uri,
)
from appliance.sip.trust import is_from
from appliance.sip.verdict import Attempt
from appliance.sip.watch import Watch

log = logging.getLogger(__name__)

RENEWAL_PATIENCE_SECONDS = 5.0
"""How long a renewal may remain unanswered."""
BRISK_SECONDS = 24.0
"""How often a registration over UDP is renewed where there is another server to turn to, or a NAT
on the way: nothing else tells in time that the server is dead, or that the NAT has taken another
port (RFC 5626 section 4.4.2 asks for 24 to 29 s too)."""
LEAST_SECONDS = 7
"""The shortest registration that is kept: the library refreshes 5 s early, or without a pause."""
DAY_SECONDS = 86_400
_BUSY = 171_001
"""PJSIP_EBUSY (pjsip/sip_errno.h): an account has one REGISTER under way at most."""


class Line(pj.Account):  # type: ignore[misc]
    """One account. `registered` is what the registrar last said."""

    def __init__(self, station: Any, settings: AccountSettings) -> None:
        super().__init__()
        self.station = station
        self.settings = settings
        self.registered = False
        self.target: Target | None = None
        self.attendance = Attendance()
        self._missed: Alarm | None = None
        self._granted_as: Attempt | None = None
        self._generation = 0
        self._made_for: Wanted | None = None
        self._patience = 0.0
        self._given_up = False
        """Nobody answered the last REGISTER in time; what is said to it later says nothing."""
        self._deadline: Alarm | None = None
        self._renewal: Alarm | None = None
        self._connection = 0
        self._flow = Flow(station.thread, self._gone_silent)
        self._mailbox = Mailbox(station.thread, self._subscribe)
        self._watch = Watch(station, self, settings.watch)
        self._former: tuple[str, ...] = ()
        self.seen_from = ""
        """``host:port`` of ours as the server sees it, once it has said so (RFC 3581)."""

    @property
    def _parameters(self) -> str:
        """The URI parameters by which this account's Contact is known from all others."""
        general = self.station.settings
        own = contact_parameters(self.settings.index) if len(general.accounts) > 1 else ""
        return f";{MARK}={general.mark}{own}"

    @property
    def trusted(self) -> tuple[str, ...]:
        """The addresses of the server in use, and of those that have calls with us."""
        return (*(self.target.addresses if self.target else ()), *self._former)

    @property
    def has_spares(self) -> bool:
        """Whether there is another server, or another host of this one, to turn to."""
        assert self.target is not None
        return len(self.settings.servers) > 1 or self.target.spares

    @property
    def waiting(self) -> bool:
        """A REGISTER of ours is still unanswered."""
        return self._deadline is not None

    def register(self, target: Target, patience: float) -> None:
        """Send REGISTER to `target`; the outcome is reported to the station.

        After `patience` seconds without one, that is the outcome.
        """
        if self.waiting:
            self._abandon()
        calls = self.station.switchboard.busy
        former = self.target.addresses if self.target and self.target.place != target.place else ()
        self._former = (*self._former, *former) if calls else ()
        self.target = target
        self._given_up = False
        try:
            self._send()
        except (pj.Error, EngineError) as error:
            why = error.it if isinstance(error, EngineError) else words(error)
            self._failed(replace(target.attempt, error=why))
            return
        self._patience = patience
        self._deadline = self.station.thread.later(patience, self._silent)

    def use_relays(self) -> None:
        """The station has other helpers now; nothing is sent for it.

        One whose last REGISTER was given up is told with the next.
        """
        if self._made_for is None or self._given_up:
            return
        try:
            self._prepare()
        except (pj.Error, EngineError) as error:
            log.info("%s has the helpers of before: %s", self.settings.user, error)

    def _send(self) -> None:
        """Send REGISTER; one of the library's own that waits for its answer is let go of."""
        self._prepare()
        try:
            self.setRegistration(True)
        except pj.Error as error:
            if error.status != _BUSY:
                raise
            self._abandon()
            self._prepare()
            self.setRegistration(True)

    def refused(self, target: Target, why: str) -> None:
        """Somebody else has found that nobody listens there: don't wait for an answer."""
        if self.waiting and self.target is target:
            self._give_up()
            self._failed(replace(target.attempt, error=why))

    def has_lost(self, connection: int) -> bool:
        """Whether the registration held over this connection, which went down.

        A REGISTER that waits for its answer or its turn goes on waiting.
        """
        if not connection or self._connection != connection:
            return False
        self._connection = 0
        self._flow.end()
        return self.registered and not self.waiting

    def heard(self, method: str) -> None:
        """The server in use sent a request; the station is told when it ceases to."""
        if self._missed is not None:
            self._missed.cancel()
            self._missed = None
        seconds = self.attendance.heard(method, time.monotonic())
        if seconds:
            self._missed = self.station.thread.later(seconds, self._unheard)

    def is_on(self, connections: Collection[int]) -> bool:
        """Whether it is registered over one of these."""
        return self.registered and self._connection in connections

    def leave(self) -> None:
        """Use the connection in use no more: the next request makes another one."""
        self._flow.end()
        stream = self.target is not None and self.target.transport != "udp"
        if self._connection and stream:
            self.station.library.retire(self._connection)
        self._connection = 0

    def unregister(self) -> bool:
        """Send the REGISTER that ends the registration; False when there is none to end."""
        self._hush()
        self._flow.end()
        self._mailbox.end()
        self._watch.end()
        if not self.registered:
            return False
        try:
            self.setRegistration(False)
        except pj.Error as error:
            log.info("%s cannot un-register: %s", self.settings.user, words(error))
            return False
        return True

    def address_of(self, number: str) -> str:
        """The URI to which `number` is dialled."""
        server = self.target.server if self.target else self.settings.server(0)
        return sip_uri(number, server)

    @guarded
    def onRegState(self, prm: Any) -> None:  # noqa: N802
        """The registrar answered, or the library gave up."""
        self._hush()
        if self.target is None:
            return
        code = int(prm.code)
        if 200 <= code < 300:
            message = head(plain_text(prm.rdata.wholeMsg))
            self._connection = connection_of(prm.rdata)
            self.seen_from = seen_from(message)
            self._granted(code, int(prm.expiration), prm.rdata.srcAddress, message)
            return
        if self._given_up:
            log.info("%s: %d came too late", self.target.host, code)
            return
        tls = self.station.transports.certificate_trouble(self.target.address)
        self._failed(refusal(self.target.attempt, prm, self._error(prm.status), tls))

    @guarded
    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """An INVITE that the library could not refuse by itself."""
        self.station.switchboard.incoming(self, prm)

    @guarded
    def onMwiInfo(self, prm: Any) -> None:  # noqa: N802
        """A NOTIFY about the mailbox; another account's server knows nothing of this one's."""
        source = prm.rdata.srcAddress
        if not is_from(source, self.trusted):
            log.info("%s speaks of the messages of %s: not believed", source, self.settings.user)
            return
        message = plain_text(prm.rdata.wholeMsg)
        asked = prm.state != pj.PJSIP_EVSUB_STATE_NULL
        event = self._mailbox.told(self.settings.index, message, asked=asked)
        if event is not None:
            self.station.post(event)

    @guarded
    def onInstantMessage(self, prm: Any) -> None:  # noqa: N802
        """A MESSAGE."""
        self.station.text(self, prm)

    def _error(self, status: int) -> str:
        return str(self.station.library.endpoint.utilStrError(status)) if status else ""

    def _granted(self, code: int, seconds: int, source: str, answer: str) -> None:
        assert self.target is not None
        granted = replace(
            self.target.attempt, code=code, answered=True, source=source, answer=answer
        )
        refreshed = seconds > 0
        listed = seconds_left(answer, self.station.settings.mark)
        if listed is not None:
            seconds = min(seconds, listed)
        if seconds >= LEAST_SECONDS:
            self.registered = True
            self._granted_as = granted
            if self.settings.gruu:
                gruu.adopt(answer, self.station.settings.mark, self._parameters)
            self.station.registered(self, granted, min(seconds, DAY_SECONDS))
            if self.target.transport != "udp":
                self._flow.keep(self._connection, seconds_in(header(answer, "Flow-Timer")))
            self.station.switchboard.moved(self)
            here = self.station.transports.local(self.target, self.settings)
            for subscriber in (self._mailbox, self._watch):
                subscriber.registered(self.target.hop, self.seen_from, here)
            self._renew_soon(seconds)
            return
        self._failed(
            replace(
                granted,
                reason="OK",
                error=f"registered for {seconds} s, expected {LEAST_SECONDS} s or more",
            )
        )
        if refreshed:
            self.station.thread.later(0.0, self._let_go)

    def _unheard(self) -> None:
        self._missed = None
        self.attendance.forget()
        if self.registered and self._granted_as is not None:
            self.station.unheard(self, self._granted_as)

    def _let_go(self) -> None:
        """End the refreshing of a registration too short to keep."""
        if self.registered or self.waiting or self.station.switchboard.closing:
            return
        self._abandon()
        try:
            self._prepare()
        except (pj.Error, EngineError) as error:
            log.info("%s keeps its registration: %s", self.settings.user, error)

    def _gone_silent(self) -> None:
        self.leave()
        self.station.gone_silent(self)

    def _failed(self, attempt: Attempt) -> None:
        self.registered = False
        self._flow.end()
        self._mailbox.end()
        self._watch.end()
        gruu.forget(self._parameters)
        self.station.failed(self, attempt)

    def _silent(self) -> None:
        self._deadline = None
        self._give_up()
        if self.target is not None:
            if self.target.transport != "udp":
                self.station.abandon(self.target)
            self._failed(
                replace(
                    self.target.attempt,
                    code=408,
                    reason=f"no answer within {self._patience:g} s",
                    tls=self.station.transports.certificate_trouble(self.target.address),
                )
            )

    def _renew_soon(self, seconds: int) -> None:
        """Renew before the library would: that waits half a minute for an answer.

        Much sooner where nothing but the renewal tells a dead server.
        """
        assert self.target is not None
        ours = self.station.transports.local(self.target, self.settings)
        brisk = self.has_spares or self.seen_from != ours
        if self.target.transport == "udp" and brisk and seconds > 2 * BRISK_SECONDS:
            pause = BRISK_SECONDS * random.uniform(0.8, 1.0)
        elif seconds > 4 * RENEWAL_PATIENCE_SECONDS:
            pause = seconds - 2 * RENEWAL_PATIENCE_SECONDS
        else:
            return
        self._renewal = self.station.thread.later(pause, self.renew)

    def renew(self) -> None:
        """Send the next REGISTER now, unless one is under way or nothing is to be kept."""
        if self.registered and not self.waiting and self.target is not None:
            self.register(self.target, RENEWAL_PATIENCE_SECONDS)

    def _hush(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _abandon(self) -> None:
        """Let go of a REGISTER in flight: the next one is another client transaction."""
        self._hush()
        self._generation += 1
        if self._made_for is not None:
            self.station.library.repeat_no_more(int(self.getId()))

    def _give_up(self) -> None:
        """Nobody has answered in time."""
        self._given_up = True
        self._abandon()

    def _prepare(self) -> None:
        target = self.target
        assert target is not None
        general = self.station.settings
        wanted = Wanted(self.settings, general, target, self.station.relays, self._generation)
        if self._made_for == wanted:
            return
        config = account_config(
            wanted,
            parameters=self._parameters,
            transport=self.station.transports.get(target, self.settings),
            rtp_port=self.station.rtp_port,
            mailbox=self._mailbox.wanted,
            known=self._made_for is not None,
        )
        if self._made_for is None:
            self.create(config)
        else:
            self.modify(config)
        self._made_for = wanted

    def _subscribe(self, wanted: bool) -> None:
        if not self.station.switchboard.closing:
            self.station.library.subscribe_to_mailbox(int(self.getId()), wanted)
