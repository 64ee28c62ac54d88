"""The life of a phone: put together by a plan, run, and taken apart in the reverse order.

`wiring` makes the plans; here a desk unit is joined to the loop, the SIP engine, the control socket
and the journal. A phone that is told to use a new configuration is taken down and built anew in the
same process. Whatever dies in it (a task, a callback, the sip thread) ends it, loudly.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from appliance.audio.tones import RINGS, tone
from appliance.clock import SystemClock
from appliance.config.lastgood import Chosen
from appliance.config.model import Config
from appliance.config.problems import errors
from appliance.contacts.read import Found, read_directory, tell_refusals
from appliance.control.paths import Places
from appliance.control.server import ControlServer
from appliance.control.status import ConfigStatus, ProvisioningStatus
from appliance.errors import ConfigRefused, PhoneError
from appliance.face import Face
from appliance.loop import PhoneLoop
from appliance.phone.directory import Directory
from appliance.phone.effects import SetUpByHand
from appliance.phone.events import Event, PhoneStarted, ProblemFound
from appliance.phone.unit import BY_HAND, SETTINGS
from appliance.phone.words import in_line
from appliance.ports import Muscles, Post
from appliance.provisioning.shelf import Shelf
from appliance.settings import core_settings, preferred, sip_settings, unit_mark, unit_seed
from appliance.sip.engine import Engine
from appliance.sip.settings import AudioSettings
from appliance.store.state import StateStore
from appliance.system.clockfloor import ClockFloor, ClockKeeper
from appliance.system.heartbeat import ServiceManager, keep_beating
from appliance.system.journal import Journal
from appliance.system.network import watch
from appliance.wiring.boards import has_soft_keys
from appliance.wiring.byhand import keep
from appliance.wiring.desk import Desk
from appliance.wiring.journaling import journal_file, journaling
from appliance.wiring.provisioned import choose_from, read_files, refusal, short
from appliance.wiring.ring import IN_THE_HEADSET, DeviceRinger, HeadsetRinger
from appliance.wiring.service import UnitService
from appliance.wiring.sound import HeadsetKeeper

if TYPE_CHECKING:
    from appliance.wiring.provisioner import Provisioner

log = logging.getLogger(__name__)

Performance = Callable[[Face], Coroutine[Any, Any, int]]
"""Something that uses the phone and then ends it; its result is the exit code."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs between a unit and a simulated one."""

    files: tuple[Path, ...]
    places: Places
    desk: Callable[[Config, Post], AbstractAsyncContextManager[Desk]]
    audio: Callable[[Config, Desk], AudioSettings]
    bind_address: str = ""
    fixed: Config | None = None
    """A configuration that comes from no file: the embedded PBX's."""
    perform: Performance | None = None
    power_cut: bool = False
    """The machine has just been switched on, perhaps with a whole site."""
    again: bool = False
    """It lives anew in the same process: IT has asked for it, or its configuration is another."""
    journal: Path | None = None
    """The file that takes the journal where standard error is drawn upon; None elsewhere."""


async def live(plan: Plan, err: TextIO) -> int:
    """Be the phone of a plan until it is told to end; the exit code.

    Raises `ConfigRefused` when there is nothing to run with, and whatever killed the phone.
    """
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(1, thread_name_prefix="disk"))
    ending = _Ending(loop)
    while True:
        shelf = Shelf(plan.places.state) if plan.fixed is None else None
        chosen = choose(plan, shelf, err)
        assert chosen.config is not None
        files, country = chosen.config.directory.files, chosen.config.phone.country
        with journal_file(plan.journal) as stream, journaling(chosen.config.log, stream):
            contacts = await loop.run_in_executor(None, read_directory, files, country)
            life = _Life(plan, chosen.config, chosen, *contacts, shelf)
            if not ending.leads_to(life.stop):
                return 0
            code = await life.run()
            if not life.reborn:
                return code
            plan = replace(plan, power_cut=False, again=True)
            log.info("the configuration is used from now on")


class _Ending:
    """SIGINT and SIGTERM: they end the life that is lived, or keep the next from beginning."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._wanted = False
        self._stop: Callable[[], None] | None = None
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._rang)

    def leads_to(self, stop: Callable[[], None]) -> bool:
        """Call this from now on; False when the end has come before."""
        self._stop = stop
        return not self._wanted

    def _rang(self) -> None:
        self._wanted = True
        if self._stop is not None:
            self._stop()


def choose(plan: Plan, shelf: Shelf | None, err: TextIO) -> Chosen:
    """The configuration to run with; every problem is told, and none to run with is an error."""
    if plan.fixed is not None or shelf is None:
        return Chosen(plan.fixed, (), "given")
    try:
        shelf.begin(time.time())
    except OSError as error:
        print(f"deskphone: what stands of the server's settings is not noted: {error}", file=err)
    chosen = choose_from(plan.files, shelf, plan.places.state)
    for problem in chosen.problems:
        print(problem, file=err)
    if chosen.config is None:
        raise refusal(chosen.problems)
    if chosen.source == "last-good":
        print("deskphone: going on with the last good configuration", file=err)
    return chosen


class _Life:
    """One phone, from its first effect to its last."""

    def __init__(
        self,
        plan: Plan,
        config: Config,
        chosen: Chosen,
        directory: Directory,
        contacts: tuple[Found, ...],
        shelf: Shelf | None,
    ) -> None:
        self._plan = plan
        self._shelf = shelf
        self._provisioner: Provisioner | None = None
        self._store = StateStore(plan.places.state)
        preferences, history = self._store.read()
        if preferences.session:
            log.warning(
                "a session was cut by a restart, or lost before, and nobody has seen it yet",
                extra={"SESSION": "cut"},
            )
        if plan.again and preferences.refusals:
            preferences = replace(preferences, refusals=())
            self._store.keep(preferences)
        self._config = preferred(config, preferences)
        self._chosen = chosen
        self._version = _version(config)
        self._began = time.monotonic()
        self._loop = asyncio.get_running_loop()
        self._directory, self._contacts = directory, contacts
        self._phone = PhoneLoop(
            core_settings(
                config,
                unit_seed(),
                power_cut=plan.power_cut,
                soft_keys=has_soft_keys(config.board),
                directory=self._directory,
                by_hand=chosen.source == "by-hand",
            ),
            SystemClock(config.phone.timezone or ""),
            preferences,
            history,
        )
        self._code = 0
        self.reborn = False

    async def run(self) -> int:
        """Live; the exit code."""
        config, plan, phone = self._config, self._plan, self._phone
        phone.subscribe(Journal(redact_numbers=config.log.redact_numbers))
        self._loop.set_exception_handler(self._callback_failed)
        async with plan.desk(config, phone.post) as desk:
            await self._with_desk(desk)
        return self._code

    def stop(self) -> None:
        """End it, as soon as what is under way allows."""
        self._phone.stop()

    async def _with_desk(self, desk: Desk) -> None:
        phone, plan = self._phone, self._plan
        floor = ClockFloor(plan.places.state)
        settings = sip_settings(
            self._config,
            plan.audio(self._config, desk),
            bind_address=plan.bind_address,
            mark=unit_mark(plan.places.state, unit_seed()),
            clock_floor=floor.file,
            directory=self._directory,
        )
        engine = Engine(settings, phone.post)
        face = Face(
            phone,
            engine,
            desk.fingers,
            draw=desk.draw,
            config=self._status,
            provisioning=self._served,
            again=self._again,
            history=self._store.calls,
        )
        for part in desk.vital:
            part.add_done_callback(self._part_died)
        ringer = self._ringer(desk, engine)
        headset = self._config.audio.headset if desk.audible else None
        unit = UnitService(phone, headset, self._version, engine.lend_headset, self._set_up)
        keeper = HeadsetKeeper(desk.sound, self._config.audio, phone, engine)
        muscles = Muscles(engine, desk.display, desk.lamps, keeper, ringer, unit, self._store)
        phone.post(desk.sound.found)
        self._store.attend(phone.post)
        self._tell_problems()
        self._beat(engine, desk)
        clock = ClockKeeper(floor, phone.post)
        with contextlib.ExitStack() as closed:
            for owned in (ringer, keeper, clock, unit, self._store):
                closed.enter_context(contextlib.closing(owned))
            async with _listening(face, plan.places.socket, phone) as server:
                if plan.perform is not None:
                    _ = phone.spawn("performance", self._performed(plan.perform(face)))
                _ = phone.spawn("network", watch(phone.post, engine.servers))
                if self._shelf is not None and plan.perform is None and self._may_be_served():
                    self._provisioner = self._provision(self._shelf, floor)
                desk.on_quit(phone.stop)
                await phone.run(muscles, server.stop)

    def _may_be_served(self) -> bool:
        """Whether this unit has a server of its configuration, or looks for one."""
        served = self._config.provisioning
        fetched = self._shelf is not None and self._shelf.stage.in_force > 0
        named = bool(served.url or served.discover)
        return named or fetched or not self._config.accounts

    def _provision(self, shelf: Shelf, floor: ClockFloor) -> Provisioner:
        from appliance.wiring.provisioner import Provisioner

        provisioner = Provisioner(
            self._config,
            shelf,
            self._phone,
            files=self._plan.files,
            state=self._plan.places.state,
            floor=floor.file,
            again=self._live_again,
        )
        provisioner.begin()
        return provisioner

    def _live_again(self) -> None:
        self.reborn = True
        self._loop.call_soon(self._phone.stop)

    def _set_up(self, typed: SetUpByHand) -> None:
        """Live anew with an account that was typed, or say what is wrong with it."""
        plan, shelf = self._plan, self._shelf
        if shelf is None:
            return
        try:
            problem = keep(typed, (*plan.files, *shelf.files()), plan.places.state)
        except OSError as error:
            log.error("the account typed by hand cannot be kept: %s", error)  # noqa: TRY400
            words = in_line("It cannot be written")
        else:
            if problem is None:
                self._live_again()
                return
            log.warning("the account typed by hand is refused: %s", problem)
            words = in_line("Refused: {key}", key=problem.key.rpartition(".")[2])
        self._phone.post(ProblemFound(BY_HAND, "CONFIG-06", words))

    def _beat(self, engine: Engine, desk: Desk) -> None:
        """Under a service manager: once the phone has started, tell it of every heartbeat."""
        manager = ServiceManager.of(os.environ)
        if manager is None:
            return
        parts = {"sip": engine.pulse, **desk.pulses}

        def begin(event: Event) -> None:
            if isinstance(event, PhoneStarted):
                _ = self._phone.spawn("heartbeat", keep_beating(manager, parts))

        self._phone.subscribe(begin)

    def _ringer(self, desk: Desk, engine: Engine) -> HeadsetRinger | DeviceRinger:
        """What rings on this desk; a ringer whose thread dies takes the phone with it."""
        audio = self._config.audio
        if audio.ringer == IN_THE_HEADSET or not desk.audible:
            return HeadsetRinger(engine)
        rings = {name: tone(self._config.phone.country, name) for name in RINGS}
        ringer = DeviceRinger(audio, rings, engine, self._phone.post)
        ringer.failed.add_done_callback(self._part_died)
        return ringer

    async def _performed(self, performance: Coroutine[Any, Any, int]) -> None:
        self._code = await performance
        self._phone.stop()

    def _tell_problems(self) -> None:
        tell_refusals(self._contacts, log)
        if self._chosen.source != "last-good":
            return
        first = errors(self._chosen.problems)[0]
        self._phone.post(ProblemFound(SETTINGS, "CONFIG-01", short(first)))

    def _status(self) -> ConfigStatus:
        return ConfigStatus(
            version=self._version,
            source=self._chosen.source if self._plan.fixed is None else "embedded",
            age_s=int(time.monotonic() - self._began),
            trial=bool(self._shelf and self._shelf.stage.trial),
        )

    def _served(self) -> ProvisioningStatus | None:
        return self._provisioner.status() if self._provisioner is not None else None

    async def _again(self) -> str:
        """Read the files again; the phone starts anew with them unless they are refused."""
        if self._plan.fixed is not None:
            raise PhoneError(
                "CONFIG-04", "No files", "this phone runs without a configuration file; restart it"
            )
        if self._plan.perform is not None:
            raise PhoneError(
                "CONFIG-05", "Scenario in play", "a scenario is played; reload when it has ended"
            )
        if self._phone.phone.calls:
            raise PhoneError(
                "CONFIG-02", "Call in progress", "a call is up; reload again when it has ended"
            )
        if self._provisioner is not None and await self._provisioner.finds():
            return "the server has a newer configuration; the phone starts anew with it, on trial"
        loaded = read_files(self._plan.files, self._shelf, self._plan.places.state)
        if not loaded.holds:
            listing = "\n".join(str(problem) for problem in loaded.problems)
            raise ConfigRefused(
                "CONFIG-01",
                "Wrong settings",
                f"the phone goes on with the configuration it has\n{listing}",
            )
        self._live_again()
        return "the configuration holds; the phone starts anew with it"

    def _part_died(self, part: asyncio.Future[None]) -> None:
        error = None if part.cancelled() else part.exception()
        if error is not None:
            self._phone.fail(error)

    def _callback_failed(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception") or RuntimeError(str(context["message"]))
        log.critical("%s", context["message"], exc_info=error)
        self._phone.fail(error)


@contextlib.asynccontextmanager
async def _listening(face: Face, socket: Path, phone: PhoneLoop) -> AsyncIterator[ControlServer]:
    server = ControlServer(face, socket, phone.spawn)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _version(config: Config) -> str:
    """Eight hexadecimal digits that change when anything in force does."""
    return hashlib.sha256(msgspec.json.encode(config)).hexdigest()[:8]
