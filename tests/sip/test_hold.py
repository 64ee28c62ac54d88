"""The wish to hold, with a call and a clock of paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from appliance.sip.hold import UNANSWERED_SECONDS, Hold
from appliance.sip.thread import Alarm


class Call:
    """Notes what is sent and told; `now` moves only by `pass_time`."""

    def __init__(self) -> None:
        self.sent: list[bool] = []
        self.told: list[bool] = []
        self.held = False
        self.now = 0.0
        self.alarms: list[tuple[float, Alarm]] = []
        thread: Any = self
        self.hold = Hold(self, thread, caller=True)
        self.hold.confirmed()

    def later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Set an alarm."""
        alarm = Alarm(action)
        self.alarms.append((self.now + seconds, alarm))
        return alarm

    def pass_time(self, seconds: float) -> None:
        """Ring what is due."""
        self.now += seconds
        due = [alarm for at, alarm in self.alarms if at <= self.now]
        self.alarms = [(at, alarm) for at, alarm in self.alarms if at > self.now]
        for alarm in due:
            if alarm.action is not None:
                alarm.action()

    def send_hold(self, held: bool) -> bool:
        """The re-INVITE leaves."""
        self.sent.append(held)
        return True

    def is_held(self) -> bool:
        """As the far end agreed to."""
        return self.held

    def hold_changed(self) -> None:
        """Note what the phone is told."""
        self.told.append(self.hold.wanted)


@pytest.mark.parametrize("code", [401, 407, 422])
def test_a_challenge_that_nobody_met_gives_the_hold_up_and_the_next_one_is_sent(code: int) -> None:
    call = Call()
    call.hold.want(True)
    call.hold.finished(code)
    call.pass_time(UNANSWERED_SECONDS - 1)
    assert call.told == []
    call.pass_time(2)
    assert call.told == [False]
    call.hold.want(True)
    assert call.sent == [True, True]


def test_a_challenge_that_was_met_ends_in_the_hold() -> None:
    call = Call()
    call.hold.want(True)
    call.pass_time(1)
    call.hold.finished(401)
    call.pass_time(UNANSWERED_SECONDS - 1)
    call.held = True
    call.hold.finished(200)
    assert call.told == [True]
    call.pass_time(UNANSWERED_SECONDS)
    assert call.told == [True]


def test_a_reinvite_that_gets_no_answer_at_all_gives_the_hold_up() -> None:
    call = Call()
    call.hold.want(True)
    call.pass_time(UNANSWERED_SECONDS)
    assert call.told == [False]


def test_an_ended_call_rings_no_alarm() -> None:
    call = Call()
    call.hold.want(True)
    call.hold.over()
    call.pass_time(UNANSWERED_SECONDS)
    assert call.told == []
