"""Digits that come faster than a call can take them: in order, bounded, and nothing falls over."""

from __future__ import annotations

import asyncio
from itertools import cycle, islice
from pathlib import Path
from typing import Any, cast

import pytest

from appliance.clock import SystemClock
from appliance.loop import PhoneLoop
from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.calllog import Record
from appliance.phone.explore import example_settings
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen
from appliance.ports import Muscles
from appliance.sip.digits import (
    GAP_SECONDS,
    MOST_WAITING,
    PAUSE_SECONDS,
    SHORTEST_SECONDS,
    DigitQueue,
)
from appliance.sip.engine import Engine
from appliance.sip.settings import AccountSettings, SipSettings
from appliance.sip.thread import Alarm
from appliance.wiring.ring import HeadsetRinger
from tests.sip.events_port import events_port
from tests.sip.handset import Handset
from tests.sip.message import sdp
from tests.sip.server import Server, server
from tests.sip.talking import answered, phone_and_server

KEYS = "1234567890*#"
FIRST = 12


class Alarms:
    """Stands in for the thread: rings its alarms when told."""

    def __init__(self) -> None:
        self.set: list[Any] = []
        self.pauses: list[float] = []

    def later(self, seconds: float, action: Any) -> Any:
        """Note an alarm."""
        self.pauses.append(seconds)
        self.set.append(Alarm(action))
        return self.set[-1]

    def ring(self) -> None:
        """Ring the oldest."""
        action = self.set.pop(0).action
        if action is not None:
            action()


class Line:
    """Stands in for the way into a call; refuses the first so many times."""

    def __init__(self, refusals: int = 0) -> None:
        self.told: list[str] = []
        self._refusals = refusals

    def begin(self, digit: str) -> bool:
        """Note a digit."""
        self._refusals -= 1
        self.told.append(digit)
        return self._refusals < 0

    def end(self) -> None:
        """Note its end."""
        self.told.append(".")


def test_one_digit_goes_at_a_time_in_order_and_the_queue_is_bounded() -> None:
    line, alarms = Line(), cast(Any, Alarms())
    queue = DigitQueue(alarms, line, 1)
    digits = "".join(islice(cycle(KEYS), 10_000))
    for digit in digits:
        queue.add(digit)
    assert line.told == ["1"]
    while alarms.set:
        alarms.ring()
    assert "".join(line.told) == "".join(f"{digit}." for digit in digits[: MOST_WAITING + 1])
    queue.add("7")
    assert line.told[-1] == "7"


def test_a_digit_that_has_to_wait_keeps_its_place_and_an_ended_call_gets_none() -> None:
    line, alarms = Line(refusals=2), cast(Any, Alarms())
    queue = DigitQueue(alarms, line, 1)
    queue.add("12")
    for _ in range(4):
        alarms.ring()
    assert line.told == ["1", "1", "1", ".", "2"]
    queue.add("3")
    queue.over()
    alarms.ring()
    assert line.told[-1] == "2"
    assert not alarms.set


def test_a_pause_waits_two_seconds_and_is_sent_to_nobody() -> None:
    line, alarms = Line(), cast(Any, Alarms())
    queue = DigitQueue(alarms, line, 1)
    queue.add(",1,,2")
    assert line.told == [] and alarms.pauses == [PAUSE_SECONDS]
    while alarms.set:
        alarms.ring()
    assert line.told == ["1", ".", "2", "."]
    pause, digit = PAUSE_SECONDS, [SHORTEST_SECONDS, GAP_SECONDS]
    assert alarms.pauses == [pause, *digit, pause, pause, *digit]


def test_a_digit_sounds_until_it_is_released_and_long_enough() -> None:
    line, alarms = Line(), cast(Any, Alarms())
    queue = DigitQueue(alarms, line, 1)
    queue.press("1")
    alarms.ring()
    assert line.told == ["1"] and not alarms.set
    queue.release()
    assert line.told == ["1", "."]
    alarms.ring()
    queue.press("2")
    queue.release()
    assert line.told[2:] == ["2"]
    alarms.ring()
    assert line.told[2:] == ["2", "."]
    queue.release()
    assert line.told[2:] == ["2", "."]


def test_a_key_that_is_down_while_others_wait_sounds_in_its_turn() -> None:
    line, alarms = Line(), cast(Any, Alarms())
    queue = DigitQueue(alarms, line, 1)
    queue.press("1")
    queue.press("2")
    queue.press("3")
    while alarms.set:
        alarms.ring()
    assert "".join(line.told) == "1.2.3"
    queue.add("4")
    while alarms.set:
        alarms.ring()
    assert "".join(line.told) == "1.2.3.4."
    queue.press("5")
    alarms.ring()
    queue.over()
    assert "".join(line.told) == "1.2.3.4.5" and not alarms.set


async def another_call_works(phone: Handset, pbx: Server) -> None:
    phone.do(fx.EndCall(1))
    await pbx.next("BYE")
    await phone.next(ev.CallEnded, lambda e: e.call == 1)
    phone.do(fx.PlaceCall(3, 0, "601"))
    pbx.answer(await pbx.next("INVITE"), 200, "OK", body=sdp(4000))
    await phone.next(ev.CallAnswered, lambda e: e.call == 3)


@pytest.mark.parametrize("count", [200, 10_000])
def test_digits_all_at_once_arrive_in_order_and_the_call_lives(tmp_path: Path, count: int) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx), events_port() as far:
            await answered(phone, pbx, far.port)
            phone.do(fx.SetAudio(1, False))
            phone.do(*(fx.SendDigits(1, key) for key in islice(cycle(KEYS), count)))
            assert await far.got(FIRST) == KEYS[:FIRST]
            assert not phone.seen(ev.CallEnded)
            await another_call_works(phone, pbx)

    asyncio.run(story())


@pytest.mark.parametrize("dtmf", ["rfc4733", "inband", "info"])
@pytest.mark.parametrize("direction", ["recvonly", "inactive"])
def test_digits_all_at_once_into_a_held_call_do_no_harm(
    tmp_path: Path, dtmf: str, direction: str
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, dtmf=dtmf) as (phone, pbx):
            await answered(phone, pbx, 4000)
            phone.do(fx.SetAudio(1, False), fx.HoldCall(1, True))
            hold = await pbx.next("INVITE")
            pbx.answer(hold, 200, "OK", body=sdp(4000, direction, version=2))
            await pbx.next("ACK")
            phone.do(fx.SetAudio(0, False))
            phone.do(*(fx.SendDigits(1, key) for key in islice(cycle(KEYS), 10_000)))
            await phone.settled()
            await another_call_works(phone, pbx)

    asyncio.run(story())


def test_a_digit_that_a_hold_of_the_far_end_lets_nobody_hear_does_not_come_later(
    tmp_path: Path,
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx), events_port() as far:
            dialog, _ = await answered(phone, pbx, far.port)
            phone.do(fx.SetAudio(1, False))
            await dialog.invite(body=sdp(far.port, "inactive", version=2))
            await phone.next(ev.CallMedia, lambda e: e.remote_held)
            phone.do(fx.SendDigits(1, "12345"))
            await phone.settled()
            await dialog.invite(body=sdp(far.port, version=3))
            await phone.next(ev.CallMedia, lambda e: not e.remote_held)
            phone.do(fx.SendDigits(1, "9"))
            assert await far.got(1) == "9"

    asyncio.run(story())


@pytest.mark.parametrize("joined", [True, False])
def test_the_far_end_that_knows_no_events_gets_tones_and_never_too_many(
    tmp_path: Path, joined: bool
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(fx.PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            plain = sdp(4000, formats="0").replace("a=rtpmap:101 telephone-event/8000\r\n", "")
            pbx.answer(invite, 200, "OK", body=plain.replace("a=fmtp:101 0-16\r\n", ""))
            await phone.next(ev.CallAnswered)
            if joined:
                phone.do(fx.SetAudio(1, False))
            phone.do(*(fx.SendDigits(1, key) for key in islice(cycle(KEYS), 10_000)))
            await phone.settled()
            await another_call_works(phone, pbx)

    asyncio.run(story())


class Muted:
    """Display, lamps and volume of a phone whose voice alone matters."""

    def show(self, screen: Screen) -> None:
        """Nothing is seen."""

    def set_brightness(self, percent: int) -> None:
        """Nothing shines."""

    def set(self, name: str, state: fx.LampState) -> None:
        """Nothing is lit."""

    def indicate(self, effect: fx.SetHeadset) -> None:
        """No headset is told."""

    def step_volume(self, which: str, steps: int) -> int:
        """Nothing is louder."""
        return 50

    def facts(self) -> ev.FactsRead:
        """Nobody asks."""
        return ev.FactsRead()

    def keep(self, preferences: Preferences) -> None:
        """Nothing is kept."""

    def keep_call(self, record: Record) -> None:
        """Nor is this."""

    def see_missed(self) -> None:
        """Nor is this."""

    def set_up(self, account: fx.SetUpByHand) -> None:
        """Nobody types an account."""

    def test_headset(self, *, running: bool) -> None:
        """Nothing is tested."""


def test_ten_thousand_keys_pressed_in_one_go_go_through_core_and_engine() -> None:
    async def life() -> None:
        async with server() as pbx, events_port() as far:
            loop = PhoneLoop(example_settings(), SystemClock("Europe/Berlin"))
            account = AccountSettings(0, "1001", (pbx.host,))
            engine = Engine(SipSettings((account,), lines=2), loop.post)
            rest = Muted()

            async def until(holds: Any) -> None:
                async with asyncio.timeout(10):
                    while not holds():  # noqa: ASYNC110
                        await asyncio.sleep(0.01)

            def talking() -> bool:
                front = loop.phone.front_call
                return front is not None and front.phase == "talking"

            async def dial() -> None:
                loop.post(ev.DialRequested("600"))
                pbx.answer(await pbx.next("INVITE"), 200, "OK", body=sdp(far.port))
                await until(talking)

            async def story() -> None:
                await until(lambda: loop.phone.registrations[0].state == "registered")
                await dial()
                for key in islice(cycle(KEYS), 10_000):
                    loop.post(ev.KeyPressed(key))
                assert await far.got(FIRST) == KEYS[:FIRST]
                assert talking()
                loop.post(ev.HangUpRequested())
                await pbx.next("BYE")
                await dial()
                loop.stop()

            _ = loop.spawn("story", story())
            await loop.run(Muscles(engine, rest, rest, rest, HeadsetRinger(engine), rest, rest))

    asyncio.run(life())
