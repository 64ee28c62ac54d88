"""Whether the far end still has a call: with a call and a clock of paper, and on the wire."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import AnswerCall, WatchCall
from appliance.phone.events import CallAnswered, CallEnded
from appliance.sip.lifesign import (
    AGAIN_SECONDS,
    NO_ANSWER,
    NO_DIALOG,
    PATIENCE_SECONDS,
    SILENT_SECONDS,
    LifeSign,
)
from appliance.sip.resolver import LOOPBACK
from appliance.sip.thread import Alarm
from tests.sip.talking import phone_and_server, ringing


class Call:
    """Notes what is asked and told; `now` moves only by `pass_time`."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended: list[int] = []
        self.speaks = True
        self.reachable = True
        self.now = 0.0
        self._heard = 0
        self._alarms: list[tuple[float, Alarm]] = []
        thread: Any = self
        self.life = LifeSign(self, thread, lambda: self.now)
        self.life.begin()

    def later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Set an alarm."""
        alarm = Alarm(action)
        self._alarms.append((self.now + seconds, alarm))
        return alarm

    def pass_time(self, seconds: float) -> None:
        """Ring what falls due, in its order."""
        end = self.now + seconds
        while due := [entry for entry in self._alarms if entry[0] <= end]:
            at, alarm = min(due, key=lambda entry: entry[0])
            self._alarms.remove((at, alarm))
            self.now = at
            if alarm.action is not None:
                alarm.action()
        self.now = end

    @property
    def idle(self) -> bool:
        """Nothing more will ring."""
        return all(alarm.action is None for _, alarm in self._alarms)

    def packets(self) -> int:
        """One more each time, while it speaks."""
        self._heard += self.speaks
        return self._heard

    def ask(self) -> bool:
        """The question leaves."""
        self.asked += 1
        return self.reachable

    def gone(self, code: int) -> None:
        """It is said to be over."""
        self.ended.append(code)


def test_a_call_that_is_heard_is_never_asked() -> None:
    call = Call()
    call.pass_time(3600.0)
    assert call.asked == 0 and call.ended == []


def test_a_silent_one_is_asked_and_kept_by_the_answer() -> None:
    call = Call()
    call.speaks = False
    call.pass_time(SILENT_SECONDS)
    assert call.asked == 1
    call.life.answered(200, received=True)
    call.pass_time(AGAIN_SECONDS - 1.0)
    assert call.asked == 1
    call.pass_time(2.0)
    assert call.asked == 2
    call.life.answered(503, received=True)
    call.pass_time(PATIENCE_SECONDS)
    assert call.ended == []


@pytest.mark.parametrize("code", [NO_DIALOG, NO_ANSWER])
def test_one_that_nobody_has_is_over_once(code: int) -> None:
    call = Call()
    call.speaks = False
    call.pass_time(SILENT_SECONDS)
    call.life.answered(code, received=True)
    call.life.answered(code, received=True)
    call.pass_time(3600.0)
    assert call.ended == [code] and call.idle


def test_no_answer_is_an_answer() -> None:
    call = Call()
    call.speaks = False
    call.pass_time(SILENT_SECONDS + PATIENCE_SECONDS)
    assert call.ended == [NO_ANSWER] and call.idle


def test_where_no_way_leads_it_is_asked_again_until_it_is_late() -> None:
    call = Call()
    call.speaks = call.reachable = False
    call.pass_time(SILENT_SECONDS + PATIENCE_SECONDS - 1.0)
    assert call.asked == PATIENCE_SECONDS and call.ended == []
    call.pass_time(1.0)
    assert call.ended == [NO_ANSWER] and call.idle


def test_a_connection_that_breaks_under_the_question_is_no_answer() -> None:
    call = Call()
    call.speaks = False
    call.pass_time(SILENT_SECONDS)
    call.life.answered(503, received=False)
    call.pass_time(1.0)
    assert call.asked == 2
    call.life.answered(200, received=True)
    call.pass_time(PATIENCE_SECONDS)
    assert call.ended == []


def test_a_network_that_comes_back_in_time_ends_nothing() -> None:
    call = Call()
    call.speaks = False
    call.pass_time(SILENT_SECONDS + PATIENCE_SECONDS - 1.0)
    call.speaks = True
    call.pass_time(1.0)
    call.speaks = False
    call.pass_time(SILENT_SECONDS - 1.0)
    call.life.answered(NO_DIALOG, received=True)
    assert call.asked == 1 and call.ended == []


def test_nothing_is_looked_at_when_the_watch_or_the_call_is_over() -> None:
    for end in (LifeSign.rest, LifeSign.over):
        call = Call()
        call.life.begin()
        call.pass_time(1.0)
        end(call.life)
        assert call.idle
        call.pass_time(60.0)
        assert call.asked == 0


def test_a_call_that_is_over_cannot_be_asked() -> None:
    call = Call()
    call.life.over()
    call.life.begin()
    call.pass_time(60.0)
    assert call.asked == 0 and call.ended == []


def _asked(folder: Path, answer: int, reason: str) -> None:
    """A call that falls silent, and what the server says when it is asked."""

    async def story() -> None:
        async with phone_and_server(folder) as (phone, pbx):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
                mute.bind((LOOPBACK, 0))
                dialog, event = await ringing(phone, pbx, mute.getsockname()[1])
                phone.do(AnswerCall(event.call))
                answered = await pbx.next(200, "INVITE")
                dialog.adopt(answered)
                dialog.request("ACK")
                await phone.next(CallAnswered)
                pbx.answers_options = False
                phone.do(WatchCall(event.call))
                question = await pbx.next("OPTIONS")
                assert question["Call-ID"] == answered["Call-ID"]
                pbx.answer(question, answer, reason)
                if answer == NO_DIALOG:
                    ended = await phone.next(CallEnded, within=1.0)
                    assert (ended.call, ended.code) == (event.call, NO_DIALOG)
                    return
                phone.do(WatchCall(0))
                dialog.request("BYE", 'Reason: Q.850;cause=41;text="Conference closed"')
                assert await phone.next(CallEnded) == CallEnded(event.call, 0, "Conference closed")

    asyncio.run(story())


def test_a_server_that_has_forgotten_the_call_is_believed(tmp_path: Path) -> None:
    _asked(tmp_path, NO_DIALOG, "Call/Transaction Does Not Exist")


def test_a_server_that_answers_keeps_it_and_ends_it_with_a_reason(tmp_path: Path) -> None:
    _asked(tmp_path, 200, "OK")
