"""The microphone: whom it is open for, and that no call opens or closes it behind the agent."""

from __future__ import annotations

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.autoanswer import WARNING_SECONDS, AutoAnswer
from appliance.phone.outputs import outputs
from appliance.phone.reminder import PAUSE_SECONDS
from tests.phone.stories import AT_ONCE, Bench
from tests.phone.test_session import VICIDIAL, begun


def heard(bench: Bench) -> fx.SetAudio:
    """Whom the microphone is for just now."""
    return outputs(bench.phone).audio


def held_and_left() -> Bench:
    """The agent has muted the session, held it, and replaced the handset."""
    bench = Bench(sessions=VICIDIAL).wait(1.0)
    bench.feed(ev.CallIncoming(2, 0, "000", "S11231945078600051", trusted=True)).wait(0.9)
    bench.feed(ev.HookLifted(), ev.CallAnswered(2)).press("mute", "hold")
    bench.feed(ev.HookReplaced()).did()
    return bench


@pytest.mark.parametrize("how", ["gives up", "is refused", "is refused, engaged"])
def test_a_held_session_stays_so_when_somebody_rings_and_is_not_answered(how: str) -> None:
    bench = held_and_left()
    if how == "is refused, engaged":
        bench.feed(ev.HookLifted())
    bench.rung(4)
    if how == "gives up":
        bench.feed(ev.CallEnded(4))
    else:
        bench.press("back")
    assert not [did for did in bench.did() if isinstance(did, fx.HoldCall)]
    assert bench.phone.calls[0].held and heard(bench) == fx.SetAudio(0, muted=False)
    if how == "is refused, engaged":
        bench.press("line1")
    else:
        assert not bench.phone.engaged
        bench.press("hold")
    assert heard(bench) == fx.SetAudio(2, muted=True)


def test_a_held_session_goes_on_as_it_was_after_a_call_that_was_taken() -> None:
    bench = held_and_left().rung(4).feed(ev.HookLifted(), ev.CallAnswered(4))
    assert heard(bench) == fx.SetAudio(4, muted=False)
    bench.press("hold").feed(ev.CallEnded(4))
    assert fx.HoldCall(2, held=False) in bench.did()
    assert heard(bench) == fx.SetAudio(2, muted=True)


def test_a_held_session_goes_on_after_an_emergency() -> None:
    bench = held_and_left().dial("112").feed(ev.CallAnswered(1), ev.CallEnded(1))
    assert heard(bench) == fx.SetAudio(2, muted=True)


def in_conference(session_muted: bool = False) -> Bench:
    """The session (2) and another (1, in front)."""
    bench = begun()
    if session_muted:
        bench.press("mute")
    bench.press("conference").dial("600").press("#").feed(ev.CallAnswered(1)).press("conference")
    assert heard(bench) == fx.SetAudio(1, muted=False, others=(2,))
    return bench


@pytest.mark.parametrize("muted", [True, False])
def test_who_is_left_of_a_conference_finds_its_microphone(muted: bool) -> None:
    bench = in_conference(session_muted=not muted)
    if muted:
        bench.press("mute")
    bench.did()
    bench.feed(ev.CallEnded(1))
    assert heard(bench) == fx.SetAudio(2, muted=muted)
    bench = in_conference(session_muted=not muted)
    if muted:
        bench.press("mute")
    bench.feed(ev.CallEnded(2))
    assert heard(bench) == fx.SetAudio(1, muted=muted)


@pytest.mark.parametrize("muted", [True, False])
def test_a_session_that_is_parted_from_a_conference_keeps_its_microphone(muted: bool) -> None:
    bench = in_conference(session_muted=not muted)
    if muted:
        bench.press("mute")
    bench.press("conference")
    assert heard(bench) == fx.SetAudio(1, muted=muted)
    bench.press("line1")
    assert heard(bench) == fx.SetAudio(2, muted=muted)


def test_a_session_that_is_parted_from_a_conference_goes_on_after_the_other() -> None:
    bench = in_conference().press("conference").feed(ev.CallEnded(1))
    assert heard(bench) == fx.SetAudio(2, muted=False)


def test_a_conference_with_a_session_has_one_microphone_whoever_is_in_front() -> None:
    bench = in_conference().press("mute", "down")
    assert heard(bench) == fx.SetAudio(2, muted=True, others=(1,))
    bench.press("down", "hold", "hold")
    assert heard(bench) == fx.SetAudio(1, muted=True, others=(2,))


def test_where_only_the_partner_is_resumed_the_microphone_stays_closed() -> None:
    bench = in_conference().press("mute").feed(ev.CallMedia(1, held=True))
    assert heard(bench) == fx.SetAudio(2, muted=True)


def test_a_conference_that_the_agent_holds_does_not_go_on_by_itself() -> None:
    bench = in_conference().press("hold").feed(ev.CallEnded(1))
    assert bench.phone.calls[0].held and heard(bench).call == 0


def test_a_session_that_the_server_moves_stays_muted() -> None:
    bench = begun().press("mute").feed(ev.CallReferred(2, 4, "8600052"), ev.CallAnswered(4))
    assert heard(bench) == fx.SetAudio(4, muted=True)


def test_mute_ends_with_the_call_that_it_was_for() -> None:
    bench = Bench()
    first = bench.talk()
    bench.rung(2).press("ok").feed(ev.CallAnswered(2)).press("mute").feed(ev.CallEnded(2))
    bench.press("hold")
    assert heard(bench) == fx.SetAudio(first, muted=False)


def test_mute_of_a_call_that_was_answered_by_itself_ends_with_it() -> None:
    bench = Bench(auto_answer=AutoAnswer(in_call=True, muted=True))
    first = bench.talk()
    bench.wait(1.0).feed(ev.CallIncoming(2, 0, "100", trusted=True, answer_after=0.0))
    bench.wait(WARNING_SECONDS).feed(ev.CallAnswered(2))
    assert heard(bench) == fx.SetAudio(2, muted=True)
    bench.feed(ev.CallEnded(2)).press("hold")
    assert heard(bench) == fx.SetAudio(first, muted=False)


@pytest.mark.parametrize("how", ["replace", "transfer", "headset"])
def test_mute_of_one_who_was_asked_is_not_for_the_call_that_was_to_be_given(how: str) -> None:
    bench = Bench().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("300").press("#").feed(ev.CallProgress(1, 180)).press("mute")
    bench.press("transfer") if how == "transfer" else bench.feed(ev.HookReplaced())
    assert bench.mode == "transferring"
    bench.feed(ev.CallEnded(1, 486))
    if how == "replace":
        bench.wait(PAUSE_SECONDS).feed(ev.HookLifted())
    else:
        bench.press("hold")
    assert heard(bench) == fx.SetAudio(2, muted=False)


def test_mute_is_not_for_the_held_call_that_is_chosen_instead() -> None:
    bench = Bench()
    first = bench.talk()
    bench.rung(2).press("ok").feed(ev.CallAnswered(2)).press("hold", "mute", "down", "hold")
    assert heard(bench) == fx.SetAudio(first, muted=False)


def test_mute_ends_when_somebody_rings_at_a_phone_that_nobody_is_at() -> None:
    bench = Bench()
    first = bench.talk()
    bench.press("mute", "hold").rung(2)
    assert fx.SetLamp("mute", "off") in outputs(bench.phone).lamps
    bench.press("back", "hold")
    assert heard(bench) == fx.SetAudio(first, muted=False)


@pytest.mark.parametrize("way", ["hold", "transfer"])
def test_a_refused_hold_opens_no_microphone_when_the_agent_has_hung_up(way: str) -> None:
    bench = Bench(**AT_ONCE).rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    if way == "hold":
        bench.press("hold")
    else:
        bench.press("transfer").dial("300").press("transfer")
    bench.feed(ev.HookReplaced())
    before = bench.mode
    bench.feed(ev.CallMedia(2, "pcmu", held=False))
    assert bench.mode == before and not bench.phone.engaged
    assert heard(bench) == fx.SetAudio(0, muted=False)
    assert bench.phone.calls[0].codec == "pcmu"
    if way == "transfer":
        bench.feed(ev.TransferProgress(2, 486))
    bench.feed(ev.CallMedia(2, "pcmu", held=False)).press("hold")
    assert heard(bench) == fx.SetAudio(2, muted=False)


def test_a_refused_hold_throws_no_number_away() -> None:
    bench = Bench().rung(2).feed(ev.HookLifted(), ev.CallAnswered(2))
    bench.press("transfer").dial("30").feed(ev.CallMedia(2, held=False))
    assert bench.mode == "transfer prompt" and "30" in bench.words
    assert heard(bench).call == 0
    bench.dial("0").press("#").feed(ev.CallAnswered(1))
    assert bench.mode == "consulting" and heard(bench) == fx.SetAudio(1, muted=False)


def test_a_refused_hold_of_a_conference_disturbs_no_other_call() -> None:
    bench = Bench(lines=3)
    first = bench.talk()
    bench.press("conference").dial("300").press("#").feed(ev.CallAnswered(3)).press("conference")
    bench.rung(8).press("ok").feed(ev.CallAnswered(8), ev.CallMedia(first, held=False))
    assert heard(bench) == fx.SetAudio(8, muted=False)
    assert sum(call.joined and call.held for call in bench.phone.calls) == 2


@pytest.mark.parametrize("how", ["calls", "answers"])
def test_the_alarm_of_a_lost_session_ends_with_the_next_call(how: str) -> None:
    bench = begun().press("hold").feed(ev.CallEnded(2)).wait(0.5)
    assert outputs(bench.phone).ringer == fx.SetRinger(True, "headset-lost")
    if how == "calls":
        bench.dial("112").feed(ev.CallAnswered(1))
    else:
        bench.rung(4).press("ok").feed(ev.CallAnswered(4))
    assert bench.mode == "talking" and outputs(bench.phone).ringer == fx.SetRinger(False)
