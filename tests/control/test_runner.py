from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from appliance.control.runner import play
from appliance.control.scenario import parse
from appliance.errors import EngineError
from appliance.phone.events import CallEnded, CallIncoming, Event, RegistrationChanged
from tests.control.desk import MISSING_KEY, REGISTERED, Desk
from tests.control.test_heard import sine

Prepare = Callable[[Desk], object]


def run(
    text: str, prepare: Prepare = lambda _: None, *, registered: bool = True
) -> tuple[int, str]:
    """Play a scenario on a phone; its exit code and what it said. Nobody is left listening."""
    said: list[str] = []

    async def inside() -> int:
        desk = Desk(registered=registered)
        prepare(desk)
        code = await play(desk, parse(text), said.append)
        assert desk.watched == 0
        assert desk.keys_down == []
        return code

    return asyncio.run(inside()), "\n".join(said)


def later(*events: Event) -> Prepare:
    """Let these happen one after the other within a single turn of the loop, soon."""

    def prepare(desk: Desk) -> object:
        def happen() -> None:
            for event in events:
                desk.post(event)

        return asyncio.get_running_loop().call_later(0.02, happen)

    return prepare


def test_the_contracts_example_holds() -> None:
    code, said = run("""
        expect registered within 10s
        lift; press 6 0 0 #
        expect call talking 600
        expect screen "600"
        press hold; expect call held
        press hold; expect call talking
        wait 20ms
        replace
        expect no call
    """)
    assert code == 0
    lines = said.splitlines()
    assert len(lines) == 13
    assert "line 2: expect registered within 10s … ok (0.00 s)" in lines[0]
    assert lines[-1].startswith("all 12 steps held in 0.")


def test_a_failure_names_line_expectation_and_what_was_seen() -> None:
    code, said = run("lift\npress 6 0 0 #\nexpect call held within 50ms\nreplace")
    assert code == 1
    assert said.splitlines()[2].endswith("line 3: expect call held within 50ms … FAILED")
    assert "expected  call held within 50ms" in said
    assert "seen      call talking 600" in said
    assert 'beside    screen "Talking' in said
    assert said.splitlines()[-1] == "failed at step 3 of 4, line 3"
    assert "line 4" not in said


def test_a_state_that_lasts_no_longer_than_an_event_is_seen() -> None:
    brief = later(CallIncoming(2, 0, "1002"), CallEnded(2, 487))
    assert run("expect call incoming 1002", brief)[0] == 0
    code, said = run("never call incoming for 5s", later(CallIncoming(2, 0, "1002"), CallEnded(2)))
    assert code == 1
    assert "expected  never call incoming for 5s" in said
    assert "seen      call incoming 1002" in said


def test_an_expectation_passes_as_soon_as_it_holds() -> None:
    code, said = run("expect registered within 60s", later(REGISTERED), registered=False)
    assert code == 0
    assert "all 1 steps held in 0." in said


def test_what_comes_in_the_breath_of_the_deadline_has_come() -> None:
    """A machine that stood still for a while finds the event and the deadline behind it at once."""

    def stand_still(desk: Desk) -> object:
        loop = asyncio.get_running_loop()

        def still() -> None:
            time.sleep(0.15)
            loop.call_soon(loop.call_soon, desk.post, REGISTERED)

        return loop.call_later(0.01, still)

    code, report = run("expect registered within 100ms\n", stand_still, registered=False)
    assert code == 0, report


def test_a_registration_that_fails_is_told_with_its_verdict() -> None:
    failed = RegistrationChanged(0, "failed", 403, "forbidden", "Not allowed")
    code, said = run("expect registered within 100ms", later(failed), registered=False)
    assert code == 1
    assert "seen      registration failed forbidden (403 Not allowed)" in said
    code, _ = run("expect registration failed forbidden", later(failed), registered=False)
    assert code == 0


def test_never_passes_when_nothing_happened() -> None:
    code, said = run("never call incoming for 50ms")
    assert code == 0
    assert "never call incoming for 50ms … ok (0.0" in said
    assert run("press 6; never call dialling for 1s")[0] == 1


def test_lamps_and_mute_follow_the_keys() -> None:
    code, said = run("""
        lift; press 6 0 0 #; expect call talking
        expect lamp call on; expect lamp mute off
        press mute; expect muted; expect lamp mute on
        press mute; expect not muted
        press dnd; expect dnd
    """)
    assert code == 0, said


def test_a_busy_number_is_no_call_but_still_displayed() -> None:
    code, said = run(
        'lift; press 4 8 6 #; expect call ended 486; expect no call; expect screen "busy"'
    )
    assert code == 0, said


def test_tones_are_heard_and_silence_too() -> None:
    def tone(desk: Desk) -> None:
        desk.samples = sine(425, desk.rate)

    assert run("expect heard tone 425; never heard silence for 100ms", tone)[0] == 0
    assert run("expect heard silence; never heard tone 425 for 100ms")[0] == 0
    code, said = run("expect heard tone 700 within 150ms", tone)
    assert code == 1
    assert "seen      -9 dBFS, strongest near 426 Hz, 0% of it at 700 Hz" in said


def test_a_tone_that_comes_later_is_waited_for() -> None:
    def soon(desk: Desk) -> object:
        return asyncio.get_running_loop().call_later(
            0.05, lambda: setattr(desk, "samples", sine(440, desk.rate))
        )

    assert run("expect heard tone 440", soon)[0] == 0


def test_a_key_is_held_down_for_its_time() -> None:
    seen: list[list[str]] = []

    def look(desk: Desk) -> object:
        loop = asyncio.get_running_loop()
        return loop.call_later(0.03, lambda: seen.append(list(desk.keys_down)))

    code, said = run("press 1 for 100ms; expect call dialling 1", look)
    assert code == 0
    assert seen == [["1"]]
    assert "press 1 for 100ms … ok (0.1" in said


def test_a_key_that_the_board_lacks_fails_the_step() -> None:
    code, said = run(f"lift\npress {MISSING_KEY}")
    assert code == 1
    assert f"seen      KEY-01: this board has no key {MISSING_KEY}" in said
    assert "failed at step 2 of 2, line 2" in said


def test_an_ear_that_is_missing_fails_the_step_and_not_the_phone() -> None:
    def deafen(desk: Desk) -> None:
        desk.deaf = EngineError("AUDIO-04", "No recording", "give --earpiece")

    code, said = run("expect heard silence", deafen)
    assert code == 1
    assert said.splitlines()[1:3] == [
        "            expected  heard silence",
        "            seen      AUDIO-04: give --earpiece",
    ]
