from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import appliance
from appliance.control.protocol import KEYS
from appliance.control.scenario import (
    LAMPS,
    LONGEST_MILLISECONDS,
    MAX_TEXT,
    VERDICTS,
    ScenarioError,
    parse,
)
from appliance.control.status import CallState
from appliance.control.steps import (
    Action,
    CallCount,
    CallIs,
    DoNotDisturb,
    Expect,
    HeadsetIs,
    HeardSilence,
    HeardTone,
    LampIs,
    LiftHandset,
    MessageCount,
    Muted,
    Never,
    NoCall,
    PressKeys,
    Registered,
    RegistrationFailed,
    ReplaceHandset,
    ScreenSays,
    Wait,
    What,
    spell,
)
from appliance.sip.verdict import VerdictName

CONTRACT = """
expect registered within 10s
lift; press 6 0 0 #
expect call talking 600
expect screen "600"
press hold; expect call held
press hold; expect call talking
wait 2s
replace
expect no call
"""

TIMES = st.integers(0, LONGEST_MILLISECONDS).map(lambda ms: ms / 1000)
TEXTS = st.text(
    st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=MAX_TEXT
).filter(lambda text: bool(text.strip()))
WHATS: st.SearchStrategy[What] = st.one_of(
    st.just(Registered()),
    st.builds(RegistrationFailed, st.sampled_from(("", *VERDICTS))),
    st.builds(CallIs, st.sampled_from(get_args(CallState)), st.just("") | TEXTS),
    st.just(NoCall()),
    st.builds(CallCount, st.integers(0, 999)),
    st.builds(ScreenSays, TEXTS),
    st.builds(LampIs, st.sampled_from(LAMPS), st.sampled_from(["on", "off", "blinking"])),
    st.builds(Muted, st.booleans()),
    st.just(DoNotDisturb()),
    st.builds(MessageCount, st.integers(0, 999)),
    st.builds(HeadsetIs, st.sampled_from(["ready", "missing"])),
    st.builds(HeardTone, st.integers(20_000, 20_000_000).map(lambda mhz: mhz / 1000)),
    st.just(HeardSilence()),
)
ACTIONS: st.SearchStrategy[Action] = st.one_of(
    st.just(LiftHandset()),
    st.just(ReplaceHandset()),
    st.builds(PressKeys, st.lists(st.sampled_from(KEYS), min_size=1, max_size=9).map(tuple)),
    st.builds(PressKeys, st.sampled_from(KEYS).map(lambda key: (key,)), TIMES),
    st.builds(Wait, TIMES),
    st.builds(Expect, WHATS, TIMES),
    st.builds(Never, WHATS, TIMES),
)
WORDS = st.sampled_from([
    "lift", "replace", "press", "6", "#", "hold", "for", "2s", "500ms", "wait", "expect", "never",
    "call", "no", "talking", "within", "screen", '"', '"600"', ";", "//", "\\", "lamp",
    "registered", "registration", "failed", "heard", "tone", "425", "silence", "not", "muted",
    "\n", " ",
])  # fmt: skip


def only(text: str) -> Action:
    (step,) = parse(text)
    return step.action


def mistakes(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as told:
        parse(text)
    return [str(mistake) for mistake in told.value.mistakes]


def test_the_contracts_own_example() -> None:
    assert [step.action for step in parse(CONTRACT)] == [
        Expect(Registered(), 10.0),
        LiftHandset(),
        PressKeys(("6", "0", "0", "#")),
        Expect(CallIs("talking", "600"), 5.0),
        Expect(ScreenSays("600"), 5.0),
        PressKeys(("hold",)),
        Expect(CallIs("held"), 5.0),
        PressKeys(("hold",)),
        Expect(CallIs("talking"), 5.0),
        Wait(2.0),
        ReplaceHandset(),
        Expect(NoCall(), 5.0),
    ]
    assert [step.line for step in parse(CONTRACT)] == [2, 3, 3, 4, 5, 6, 6, 7, 7, 8, 9, 10]


SHIPPED = sorted(Path(appliance.__file__).parent.rglob("*.phone"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_every_scenario_that_is_shipped_can_be_read(path: Path) -> None:
    assert parse(path.read_text(encoding="utf-8"), path.name)


@given(st.lists(ACTIONS, min_size=1, max_size=6))
@settings(deadline=None)
def test_what_is_spelt_reads_the_same(actions: list[Action]) -> None:
    text = "\n".join(map(spell, actions))
    assert [step.action for step in parse(text)] == actions
    assert [step.line for step in parse(text)] == list(range(1, len(actions) + 1))
    assert [step.action for step in parse("; ".join(map(spell, actions)))] == actions


@given(st.text(max_size=300) | st.lists(WORDS, max_size=30).map(" ".join))
@settings(deadline=None, max_examples=500)
def test_any_text_ends_in_steps_or_in_mistakes(text: str) -> None:
    try:
        steps = parse(text)
    except ScenarioError as error:
        assert error.mistakes
        assert all(1 <= mistake.line <= text.count("\n") + 1 for mistake in error.mistakes)
        assert error.exit_code == 2
    else:
        assert steps
        assert parse("\n".join(spell(step.action) for step in steps)) == steps


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("press 0 for 2s", PressKeys(("0",), 2.0)),
        ("wait 500ms", Wait(0.5)),
        ("wait 1.5s", Wait(1.5)),
        ("wait 1m", Wait(60.0)),
        ("expect registration failed", Expect(RegistrationFailed())),
        ("expect registration failed wrong-password", Expect(RegistrationFailed("wrong-password"))),
        ("never call incoming for 2s", Never(CallIs("incoming"), 2.0)),
        ("expect calls 2", Expect(CallCount(2))),
        ("expect calls 0", Expect(CallCount(0))),
        ("expect lamp message blinking", Expect(LampIs("message", "blinking"))),
        ("expect not muted within 0s", Expect(Muted(False), 0.0)),
        ("expect dnd", Expect(DoNotDisturb())),
        ("expect messages 3", Expect(MessageCount(3))),
        ("expect headset missing", Expect(HeadsetIs("missing"))),
        ("expect heard tone 425", Expect(HeardTone(425.0))),
        ("expect heard silence", Expect(HeardSilence())),
        ('expect screen "a // b; c"', Expect(ScreenSays("a // b; c"))),
        (r'expect screen "say \"hi\" \\ \n"', Expect(ScreenSays('say "hi" \\ \\n'))),
        ('expect call talking "within"', Expect(CallIs("talking", "within"))),
        ("expect call talking *43# within 1s", Expect(CallIs("talking", "*43#"), 1.0)),
        ("press # * // the end", PressKeys(("#", "*"))),
        ("  lift  ;;  // nothing more", LiftHandset()),
        ("\ufefflift\r\n\r\n", LiftHandset()),
    ],
)
def test_the_language(text: str, action: Action) -> None:
    assert only(text) == action


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "found no step at all, expected steps such as"),
        ("// only words", "found no step at all"),
        ("lfit", "found `lfit`, expected one of lift, replace, press, wait, expect, never"),
        ("lfit", "did you mean lift?"),
        ("LIFT", "did you mean lift?"),
        ("# a comment", "a comment begins with `//`, for # is a key"),
        ("lift now", "found `now`, expected the end of the step"),
        ("press", "found the end of the step, expected one of 0, 1"),
        ("press hodl", "did you mean hold?"),
        ('press "6"', 'found the text "6", expected one of'),
        ("press 1 2 for 2s", "found 2 keys, expected one key only"),
        ("press 1 for", "found the end of the step, expected a time such as 500ms"),
        ("wait", "expected a time such as 500ms, 2s or 1m"),
        ("wait 2", "found `2`, expected a time such as"),
        ("wait 0.5ms", "expected a time in whole milliseconds"),
        ("wait 25h", "found `25h`"),
        ("wait 1441m", "at most 24 hours"),
        ("expect", "expected one of registered, registration, call"),
        ("expect call tlaking", "did you mean talking?"),
        ("expect call talking 600 601", "found `601`, expected the end of the step"),
        (
            "expect registered within",
            "expected a time such as 500ms, 2s or 1m, at most 24 hours aft",
        ),
        ("expect registered for 2s", "found `for`, expected the end of the step"),
        ("expect registration", "expected one of failed"),
        ("expect registration failed wrong-pasword", "did you mean wrong-password?"),
        ("expect no calls", "did you mean call?"),
        ("expect calls two", "found `two`, expected a whole number from 0 to 999"),
        ("expect calls ²", "expected a whole number"),
        ("expect screen 600", 'found `600`, expected a quoted text, as in `screen "Talking"`'),
        ('expect screen " "', "of 1 to 200 characters"),
        ('expect screen "600', 'found the text "600", expected a closing `"` on the same line'),
        ("expect lamp massage on", "did you mean message?"),
        ("expect lamp call red", "expected one of off, on, blinking"),
        ("expect heard tone", "a frequency in hertz from 20 to 20000"),
        ("expect heard tone 425Hz", "found `425Hz`"),
        ("expect heard tone 19", "found `19`"),
        ("never muted", "found no time, expected `for` and a time at the end"),
        ("never muted within 2s", "found no time"),
    ],
)
def test_a_mistake_is_named(text: str, words: str) -> None:
    (mistake,) = mistakes(text)
    assert mistake.startswith("line 1: found ")
    assert words in mistake


def test_all_mistakes_come_at_once_with_file_and_line() -> None:
    with pytest.raises(ScenarioError) as told:
        parse("lift\npress hodl; wait 2\n\nexpect cal talking\n", "first.phone")
    assert [mistake.line for mistake in told.value.mistakes] == [2, 2, 4]
    assert "first.phone: line 4: found `cal`" in told.value.it


def test_a_mistake_shows_no_more_than_is_fit_to_be_shown() -> None:
    (mistake,) = mistakes("x" * 5000)
    assert len(mistake) < 250
    (mistake,) = mistakes("\x1b[31mlift")
    assert "\x1b" not in mistake


def test_every_verdict_that_the_phone_can_give_may_be_expected() -> None:
    assert set(get_args(VerdictName)) - {"ok", ""} <= set(VERDICTS)
