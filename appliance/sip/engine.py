"""The SIP engine as the loop sees it: effects in, events out, and a thread behind it.

This side resolves names, asks `diagnosis` why a registration failed, and answers questions about
quality and sound. It never touches pjsua2. If the sip thread dies, or one of the tasks here, the
engine fails loudly: `failed` is set, and whoever supervises the phone ends it. `stop` always
returns within three seconds; a library that hangs is left behind in its daemon thread, and said so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from appliance.phone.effects import Effect, HoldCall, Register, SeekServer
from appliance.phone.events import (
    CallMedia,
    ConnectionLost,
    Event,
    RegistrationChanged,
    ServerFound,
)
from appliance.ports import Post
from appliance.sip import bindings
from appliance.sip.crossing import Crossing
from appliance.sip.diagnosis import diagnose, taken, who_has_it
from appliance.sip.earpiece import Heard, recent
from appliance.sip.forbidden import FORBIDDEN, Forbidden
from appliance.sip.lookout import Lookout
from appliance.sip.pursuit import Pursuit, retry_after
from appliance.sip.quality import CallQuality
from appliance.sip.relays import find_relays
from appliance.sip.settings import NatSettings, SipSettings
from appliance.sip.targets import Target
from appliance.sip.thread import SipThread
from appliance.sip.trust import TurnedAway
from appliance.sip.verdict import Attempt, Verdict
from appliance.sip.vigil import Vigil
from appliance.sip.words import verdict

if TYPE_CHECKING:
    from appliance.sip.station import Station

log = logging.getLogger(__name__)

VOLUME_STEP = 10
"""Percent to a step of 3 dB."""

T = TypeVar("T")


class Engine:
    """`ports.SipEngine` and, in software, `ports.Headset`; for the loop's thread only."""

    def __init__(self, settings: SipSettings, post: Post) -> None:
        self._settings = settings
        self._post = post
        self._accounts = {account.index: account for account in settings.accounts}
        self._generations: dict[int, int] = {}
        self._pursuit = Pursuit(settings)
        self._lookout = Lookout(self._accounts, self._refused)
        self._vigil = Vigil(self._server_ended)
        self._forbidden = Forbidden(settings.mark)
        self._standing: dict[int, RegistrationChanged] = {}
        self._holds: dict[int, HoldCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._search: asyncio.Task[None] | None = None
        self._levels = {
            "earpiece": settings.audio.earpiece_volume,
            "microphone": settings.audio.microphone_volume,
            "ringer": settings.audio.ringer_volume,
        }
        self._crossing: Crossing[Station] = Crossing(self._fail)
        self._stopping = False

    async def start(self) -> None:
        """Start the library; returns when commands are accepted, raises `EngineError`."""
        self._loop = asyncio.get_running_loop()
        self.failed: asyncio.Future[None] = self._loop.create_future()
        await self._crossing.start(self._move_in)

    def perform(self, effect: Effect) -> None:
        """Queue a command for the SIP thread; its outcome comes as events."""
        if self._stopping:
            return
        if isinstance(effect, Register):
            self._register(effect)
        elif isinstance(effect, SeekServer):
            self._spawn(self._seek(effect))
        elif isinstance(effect, HoldCall):
            self._hold(effect)
        else:
            self._do(lambda station: station.perform(effect))

    def change(self, settings: SipSettings) -> None:
        """Go on with accounts that prove themselves otherwise; the next `Register` uses it.

        Nothing else may differ: not their number, nor their servers and transports.
        """
        self._settings = settings
        self._accounts.update({account.index: account for account in settings.accounts})
        self._pursuit.change(settings)
        self._do(lambda station: station.change(settings))

    def servers(self) -> dict[str, str]:
        """The addresses of the servers that the accounts use or try to, and ours on the way."""
        return self._pursuit.servers

    def step_volume(self, which: str, steps: int) -> int:
        """Change a level of the bridge by steps of 3 dB, where no mixer does; percent."""
        percent = max(0, min(100, self._levels[which] + VOLUME_STEP * steps))
        self.set_level(which, percent)
        return percent

    def set_level(self, which: str, percent: int) -> None:
        """Set a level of the bridge (``earpiece``, ``microphone``, ``ringer``) in percent."""
        self._levels[which] = percent
        self._do(lambda station: station.sound.set_level(which, percent))

    def set_headset(self, pcm: str) -> None:
        """Speak through this ALSA PCM, at once where sound is needed; empty: through none."""
        self._do(lambda station: station.sound.set_headset(pcm))

    def lend_headset(self, lent: bool) -> None:
        """Keep away from the headset while it is tested, or take it back."""
        self._do(lambda station: station.sound.lend(lent))

    async def quality(self, call: int) -> CallQuality | None:
        """The figures of a call's media; None when there is no such call or no media."""
        return await self._ask(lambda station: station.quality(call))

    async def last_requests(self) -> dict[int, tuple[str, float]]:
        """Of each account, method and age in seconds of its server's last request to us."""
        return await self._ask(
            lambda station: {index: station.last_request(index) for index in self._accounts}
        )

    async def turned_away(self) -> TurnedAway:
        """What the gate has dropped since the start."""
        return await self._ask(lambda station: station.gate.turned_away())

    async def heard(self, seconds: float) -> Heard:
        """The last `seconds` of what the ear heard; silence while the sound device rests.

        Read from the earpiece file, which lags by an eighth of a second. Raises `EngineError`
        where there is no such file, or it cannot be written or read.
        """
        recording = await self._ask(lambda station: station.sound.is_recording)
        begun = await self._ask(
            lambda station: station.sound.opened_at_byte if station.sound.is_open else None
        )
        return recent(self._settings.audio.earpiece_wav, seconds, begun, recording=recording)

    async def pulse(self) -> None:
        """Return when the sip thread has answered."""
        await self._ask(lambda _: None)

    async def stop(self) -> None:
        """Hang up, un-register and end the thread; at most 3 s, whatever the library does."""
        self._stopping = True
        self._lookout.close()
        self._vigil.close()
        for task in self._tasks:
            task.cancel()
        self._pursuit.close()
        await self._crossing.stop()

    def _move_in(self, thread: SipThread) -> Station:
        """Make the tenant, on the sip thread: importing pjsua2 alone takes 150 ms."""
        from appliance.sip.station import Station

        return Station(
            thread,
            self._settings,
            lambda event: self._hand(self._deliver, event),
            lambda *outcome: self._hand(self._registered, *outcome),
            lambda *outcome: self._hand(self._attempt_failed, *outcome),
            lambda *outcome: self._hand(self._connection_lost, *outcome),
            lambda *outcome: self._hand(self._unheard, *outcome),
        )

    def _hand(self, function: Callable[..., None], *arguments: Any) -> None:
        self._crossing.hand(function, *arguments)

    def _do(self, action: Callable[[Station], None]) -> None:
        self._crossing.do(action)

    async def _ask(self, question: Callable[[Station], T]) -> T:
        return await self._crossing.ask(question)

    def _tenant(self) -> Station:
        return self._crossing.tenant()

    def _fail(self, error: BaseException) -> None:
        log.critical("%s", error)
        if not self.failed.done():
            self.failed.set_exception(error)

    def _deliver(self, event: Event) -> None:
        if isinstance(event, CallMedia) and (hold := self._holds.get(event.call)) is not None:
            event = replace(event, held=hold.held)
        if not self._stopping:
            self._post(event)

    def _hold(self, effect: HoldCall) -> None:
        """Until the SIP thread knows of this wish, `held` in what it tells is out of date."""
        self._holds[effect.call] = effect

        def carry_out(station: Station) -> None:
            station.perform(effect)
            self._hand(self._hold_known, effect)

        self._do(carry_out)

    def _hold_known(self, effect: HoldCall) -> None:
        if self._holds.get(effect.call) is effect:
            del self._holds[effect.call]

    def _register(self, effect: Register) -> None:
        self._standing.pop(effect.account, None)
        self._vigil.end(effect.account)
        generation = self._generations.get(effect.account, 0) + 1
        self._generations[effect.account] = generation
        account = self._accounts[effect.account]
        self._spawn(self._look_up(effect, generation))
        self._ask_helpers()
        self._post(
            RegistrationChanged(
                effect.account, "trying", server_in_use=account.server(effect.server)
            )
        )

    async def _look_up(self, effect: Register, generation: int) -> None:
        account = effect.account
        found = await self._pursuit.target(account, effect.server)
        if self._generations[account] != generation:
            return
        if isinstance(found, Attempt):
            await self._explain(account, found)
            return
        target = found
        port = await self._pursuit.resolver_for(target)
        self._do(lambda station: station.library.ask_for_names(port))
        self._do(
            lambda station: station.register(account, target, effect.patience, fresh=effect.fresh)
        )
        self._spawn(self._lookout.watch(account, target))

    def _ask_helpers(self) -> None:
        """Beside a registration, which waits for no helper; the search before was too early."""
        nat = self._settings.nat
        if self._search is not None:
            self._search.cancel()
        if nat.stun_server or nat.turn_server:
            self._search = self._loop.create_task(self._find_helpers(nat))
            self._heed(self._search)

    async def _find_helpers(self, nat: NatSettings) -> None:
        relays = await find_relays(nat)
        self._do(lambda station: station.use_relays(relays))

    async def _seek(self, effect: SeekServer) -> None:
        found = await self._pursuit.better(effect.account, effect.server, effect.closed)
        if found is not None:
            self._deliver(ServerFound(effect.account, found))

    def _server_ended(self, account: int) -> None:
        if account in self._standing:
            self._connection_lost(account, dead=True)

    def _connection_lost(self, account: int, dead: bool) -> None:
        self._spawn(self._lost(account, dead))

    async def _lost(self, account: int, dead: bool) -> None:
        last = self._standing.get(account)
        dead = dead or await self._pursuit.has_ended(account)
        if self._standing.get(account) is not last:
            return
        if dead:
            self._pursuit.lost(account)
        self._deliver(ConnectionLost(account, dead, self._pursuit.alternatives(account)))

    def _registered(self, account: int, target: Target, granted: Attempt, expires: int) -> None:
        self._lookout.end(account)
        self._forbidden.forget(account, target.server)
        if expires <= 0:
            return
        found = bindings.judge(granted.answer, self._settings.mark) or verdict("ok", target.caveat)
        if found.name == "moved-elsewhere":
            self._tell_failed(account, granted, found)
            return
        self._pursuit.registered(account, target)
        event = RegistrationChanged(
            account,
            "registered",
            code=granted.code,
            verdict=found.name,
            text=found.text,
            next_step=found.next_step,
            evidence=found.evidence,
            expires_in=expires,
            server_in_use=target.words,
            spare=target.spare,
        )
        self._standing[account] = event
        if target.transport == "udp" and (
            target.spares or len(self._accounts[account].servers) > 1
        ):
            self._spawn(self._vigil.keep(account, target))
        self._deliver(event)

    def _unheard(self, account: int, granted: Attempt) -> None:
        if not self._stopping:
            self._spawn(self._look_around(account, granted))

    async def _look_around(self, account: int, granted: Attempt) -> None:
        """The server has stopped asking after us: perhaps another unit has the extension."""
        last = self._standing.get(account)
        settings = self._accounts[account]
        said = await who_has_it(settings, granted)
        if last is None or self._standing.get(account) is not last:
            return
        listing = said.answer if said.succeeded else ""
        found = taken(settings, granted, listing, self._settings.mark)
        if listing and not bindings.bindings(listing):
            log.warning("the server does not list account %d any more; it registers anew", account)
            self._do(lambda station: station.renew(account))
        elif found is not None:
            self._deliver(
                replace(
                    last,
                    verdict=found.name,
                    text=found.text,
                    next_step=found.next_step,
                    evidence=found.evidence,
                )
            )

    def _refused(self, account: int, target: Target, why: str) -> None:
        self._do(lambda station: station.refused(account, target, why))

    def _attempt_failed(self, account: int, attempt: Attempt) -> None:
        if not self._stopping:
            self._spawn(self._explain(account, attempt))

    async def _explain(self, account: int, attempt: Attempt) -> None:
        generation = self._generations[account]
        seen = self._lookout.end(account)
        settings, offers = self._accounts[account], 1
        if attempt.code == FORBIDDEN:
            found, offers = await self._forbidden.look_behind(settings, attempt)
        else:
            found = await diagnose(settings, attempt, seen)
        if self._generations[account] == generation:
            self._tell_failed(account, attempt, found, offers)

    def _tell_failed(self, account: int, attempt: Attempt, found: Verdict, offers: int = 1) -> None:
        self._vigil.end(account)
        judged = self._pursuit.failed(account, attempt, found)
        self._standing.pop(account, None)
        self._deliver(
            RegistrationChanged(
                account,
                "failed",
                code=attempt.code if attempt.answered else 0,
                verdict=judged.name,
                text=judged.text,
                next_step=judged.next_step,
                evidence=judged.evidence,
                server_in_use=attempt.contacted,
                retry_after=retry_after(attempt),
                alternatives=self._pursuit.alternatives(account),
                offers=offers,
            )
        )

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._heed(self._loop.create_task(coroutine))

    def _heed(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._task_done)

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._fail(error)
