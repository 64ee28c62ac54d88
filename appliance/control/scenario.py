r"""The language of scenario files (``*.phone``): text in, steps out, or every mistake at once.

One step a line, or several separated by ``;``. A comment begins with ``//`` (``#`` is a key). A
quoted text may hold anything but a line break; ``\"`` and ``\\`` stand for a quote and a backslash
in it. Words are written in lower case, as in the contract. Reading is pure and ends for every text
in steps or in a `ScenarioError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar, get_args

from appliance.control.protocol import KEYS, nearest
from appliance.control.status import CallState
from appliance.control.steps import (
    DEFAULT_WITHIN,
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
    Step,
    Wait,
    What,
)
from appliance.errors import UsageError
from appliance.phone.effects import LampState
from appliance.phone.events import HeadsetState

LAMPS = ("message", "call", "mute")
VERDICTS = (
    "no-link", "no-address", "no-dns", "unreachable", "refused", "silent", "banned-likely",
    "clock-wrong", "tls-expired", "tls-untrusted", "tls-name-mismatch", "tls-not-yet-valid",
    "tls-wildcard", "wrong-password", "unknown-extension", "forbidden", "interval-too-brief",
    "server-error", "nat-rewritten", "moved-elsewhere", "bad-config",
)  # fmt: skip
"""The contract's verdicts of a failed registration."""

LONGEST_MILLISECONDS = 24 * 60 * 60 * 1000
MAX_COUNT = 999
MAX_TEXT = 200

_END = "the end of the step (a line break or `;`)"
_TIME = "a time such as 500ms, 2s or 1m, at most 24 hours"
_UNITS = {"ms": 1, "s": 1000, "m": 60_000}
_TIME_SHAPE = re.compile(r"([0-9]{1,8})(?:\.([0-9]{1,3}))?(ms|s|m)")
_HZ_SHAPE = re.compile(r"[0-9]{2,5}(\.[0-9]{1,3})?")

W = TypeVar("W", bound=str)


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something that a scenario says and that means nothing; lines count from 1."""

    line: int
    found: str
    expected: str

    def __str__(self) -> str:
        return f"line {self.line}: found {self.found}, expected {self.expected}"


class ScenarioError(UsageError):
    """A scenario that cannot be played; all of its `mistakes` are in the words."""

    def __init__(self, name: str, mistakes: tuple[Mistake, ...]) -> None:
        lines = "\n".join(f"{name}: {mistake}" for mistake in mistakes)
        super().__init__("CTL-11", "Bad scenario", f"this scenario cannot be played\n{lines}")
        self.mistakes = mistakes


def parse(text: str, name: str = "scenario") -> tuple[Step, ...]:
    """Read a scenario; `name` is its file, for the messages.

    Raises `ScenarioError` with every mistake, and for a scenario without a single step.
    """
    steps: list[Step] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        try:
            pieces = _split(line)
        except _UnclearError as unclear:
            mistakes.append(Mistake(number, unclear.found, unclear.expected))
            continue
        for words in pieces:
            try:
                steps.append(Step(_action(_Words(words)), number))
            except _UnclearError as unclear:
                mistakes.append(Mistake(number, unclear.found, unclear.expected))
    if not steps and not mistakes:
        mistakes.append(Mistake(1, "no step at all", "steps such as `lift` or `press 6 0 0 #`"))
    if mistakes:
        raise ScenarioError(name, tuple(mistakes))
    return tuple(steps)


class _UnclearError(Exception):
    def __init__(self, found: str, expected: str) -> None:
        super().__init__(found, expected)
        self.found = found
        self.expected = expected


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a line; a quoted one is never a word of the language."""

    text: str
    quoted: bool = False

    def __str__(self) -> str:
        shown = self.text if len(self.text) <= 40 else f"{self.text[:40]}…"
        clean = "".join(c if c.isprintable() else "?" for c in shown)
        return f'the text "{clean}"' if self.quoted else f"`{clean}`"


def _split(line: str) -> list[list[_Word]]:
    """The words of each step of a line, comments left out, steps without words too."""
    steps: list[list[_Word]] = [[]]
    at = 0
    while at < len(line):
        if line[at].isspace():
            at += 1
        elif line[at] == ";":
            steps.append([])
            at += 1
        elif line.startswith("//", at):
            break
        elif line[at] == '"':
            text, at = _quoted(line, at + 1)
            steps[-1].append(_Word(text, quoted=True))
        else:
            begin = at
            while at < len(line) and not _ends_word(line, at):
                at += 1
            steps[-1].append(_Word(line[begin:at]))
    return [words for words in steps if words]


def _ends_word(line: str, at: int) -> bool:
    return line[at].isspace() or line[at] in ';"' or line.startswith("//", at)


def _quoted(line: str, at: int) -> tuple[str, int]:
    text = ""
    while at < len(line):
        if line[at] == '"':
            return text, at + 1
        if line[at] == "\\" and line[at + 1 : at + 2] in ('"', "\\"):
            at += 1
        text += line[at]
        at += 1
    raise _UnclearError(str(_Word(text, quoted=True)), 'a closing `"` on the same line')


@dataclass(slots=True)
class _Words:
    """The words of a step that have not been understood yet."""

    rest: list[_Word] = field(default_factory=list)

    def next(self, expected: str) -> _Word:
        """The next word, which may be a quoted text."""
        if not self.rest:
            raise _UnclearError("the end of the step", expected)
        return self.rest.pop(0)

    def word(self, expected: str) -> str:
        """The next word of the language."""
        word = self.next(expected)
        if word.quoted:
            raise _UnclearError(str(word), expected)
        return word.text

    def choice(self, names: tuple[W, ...]) -> W:
        """One of these names."""
        word = self.next(f"one of {', '.join(names)}")
        for name in names:
            if word == _Word(name):
                return name
        raise _UnclearError(str(word), nearest(word.text, names))

    def tail(self, keyword: str) -> float | None:
        """The time after a final `keyword`, in seconds, or None if the step does not end so."""
        if len(self.rest) >= 2 and self.rest[-2] == _Word(keyword):
            when = self.rest.pop()
            self.rest.pop()
            return _seconds(when)
        if self.rest and self.rest[-1] == _Word(keyword):
            raise _UnclearError("the end of the step", f"{_TIME} after `{keyword}`")
        return None

    def end(self) -> None:
        """Nothing may follow."""
        if self.rest:
            raise _UnclearError(str(self.rest[0]), _END)


def _action(words: _Words) -> Action:
    if words.rest[0].text.startswith("#") and not words.rest[0].quoted:
        raise _UnclearError(
            str(words.rest[0]), "a step; a comment begins with `//`, for # is a key"
        )
    action = _ACTIONS[words.choice(tuple(_ACTIONS))](words)
    words.end()
    return action


def _press(words: _Words) -> Action:
    hold = words.tail("for")
    keys = [words.choice(KEYS)]
    while words.rest:
        keys.append(words.choice(KEYS))
    if hold is not None and len(keys) > 1:
        raise _UnclearError(f"{len(keys)} keys", "one key only where it is held down `for` a time")
    return PressKeys(tuple(keys), hold or 0.0)


def _wait(words: _Words) -> Action:
    return Wait(_seconds(words.next(_TIME)))


def _expect(words: _Words) -> Action:
    within = words.tail("within")
    return Expect(_what(words), DEFAULT_WITHIN if within is None else within)


def _never(words: _Words) -> Action:
    seconds = words.tail("for")
    if seconds is None:
        raise _UnclearError(
            "no time", "`for` and a time at the end, as in `never call incoming for 2s`"
        )
    return Never(_what(words), seconds)


def _what(words: _Words) -> What:
    what = _WHATS[words.choice(tuple(_WHATS))](words)
    words.end()
    return what


def _registration(words: _Words) -> What:
    words.choice(("failed",))
    return RegistrationFailed(words.choice(VERDICTS) if words.rest else "")


def _call(words: _Words) -> What:
    state = words.choice(_CALL_STATES)
    return CallIs(state, _text(words, "a number") if words.rest else "")


def _no_call(words: _Words) -> What:
    words.choice(("call",))
    return NoCall()


def _not_muted(words: _Words) -> What:
    words.choice(("muted",))
    return Muted(False)


def _screen(words: _Words) -> What:
    expected = 'a quoted text, as in `screen "Talking"`'
    if words.rest and not words.rest[0].quoted:
        raise _UnclearError(str(words.rest[0]), expected)
    return ScreenSays(_text(words, expected))


def _heard(words: _Words) -> What:
    if words.choice(("tone", "silence")) == "silence":
        return HeardSilence()
    expected = "a frequency in hertz from 20 to 20000, as in `heard tone 425`"
    word = words.word(expected)
    hz = float(word) if _HZ_SHAPE.fullmatch(word) else 0.0
    if not 20 <= hz <= 20000:
        raise _UnclearError(f"`{word[:40]}`", expected)
    return HeardTone(hz)


def _text(words: _Words, expected: str) -> str:
    word = words.next(expected)
    if not word.text.strip() or len(word.text) > MAX_TEXT:
        raise _UnclearError(str(word), f"{expected} of 1 to {MAX_TEXT} characters")
    return word.text


def _count(words: _Words) -> int:
    expected = f"a whole number from 0 to {MAX_COUNT}"
    word = words.word(expected)
    if not (word.isascii() and word.isdecimal() and len(word) <= 9 and int(word) <= MAX_COUNT):
        raise _UnclearError(f"`{word[:40]}`", expected)
    return int(word)


def _seconds(word: _Word) -> float:
    shape = None if word.quoted else _TIME_SHAPE.fullmatch(word.text)
    if shape is None:
        raise _UnclearError(str(word), _TIME)
    whole, fraction, unit = shape.groups()
    thousandths = (int(whole) * 1000 + int((fraction or "").ljust(3, "0"))) * _UNITS[unit]
    if thousandths % 1000:
        raise _UnclearError(str(word), "a time in whole milliseconds")
    if thousandths > LONGEST_MILLISECONDS * 1000:
        raise _UnclearError(str(word), _TIME)
    return thousandths / 1_000_000


_CALL_STATES: tuple[CallState, ...] = get_args(CallState)

_ACTIONS: dict[str, Callable[[_Words], Action]] = {
    "lift": lambda _: LiftHandset(),
    "replace": lambda _: ReplaceHandset(),
    "press": _press,
    "wait": _wait,
    "expect": _expect,
    "never": _never,
}

_WHATS: dict[str, Callable[[_Words], What]] = {
    "registered": lambda _: Registered(),
    "registration": _registration,
    "call": _call,
    "no": _no_call,
    "calls": lambda words: CallCount(_count(words)),
    "screen": _screen,
    "lamp": lambda words: LampIs(words.choice(LAMPS), words.choice(get_args(LampState))),
    "muted": lambda _: Muted(),
    "not": _not_muted,
    "dnd": lambda _: DoNotDisturb(),
    "messages": lambda words: MessageCount(_count(words)),
    "headset": lambda words: HeadsetIs(words.choice(get_args(HeadsetState))),
    "heard": _heard,
}
