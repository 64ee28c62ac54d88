"""Digit maps: they say when a dialled number is complete.

The notation is MGCP's (RFC 3435 section 2.1.5), which IT staff know from every other desk phone:
alternatives separated by ``|``, each a row of positions; a position is a digit, ``*``, ``#``,
``x`` (any digit) or a set such as ``[2-9*]``; a ``.`` after a position repeats it any number of
times, none included; a ``T`` at the end waits for the inter-digit timer although it already fits.

A map never locks anybody out: digits that fit no alternative are dialled when the timer ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

DIALABLE = frozenset("0123456789*#")
_DIGITS = frozenset("0123456789")


class DigitMapError(ValueError):
    """The text is not a digit map. `position` counts characters from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(f"{message} at character {position + 1}")
        self.position = position
        self.message = message


class Match(Enum):
    """How far some digits go in a map."""

    NONE = "none"
    """No alternative begins like this."""
    PARTIAL = "partial"
    """More digits are needed."""
    OPEN = "open"
    """A whole number, but more digits could follow: the timer decides."""
    COMPLETE = "complete"
    """A whole number, and nothing longer fits: dial at once."""


@dataclass(frozen=True, slots=True)
class Position:
    """One place of an alternative: the digits that fit it, and whether it may repeat."""

    fits: frozenset[str]
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Alternative:
    """One row of positions; `timed` when it ends in ``T``."""

    positions: tuple[Position, ...]
    timed: bool = False


@dataclass(frozen=True, slots=True)
class DigitMap:
    """A parsed map; build one with `parse_digit_map`."""

    alternatives: tuple[Alternative, ...]

    def match(self, digits: str) -> Match:
        """How far `digits` go, over all alternatives."""
        whole = longer = False
        for alternative in self.alternatives:
            places = _walk(alternative, digits)
            end = len(alternative.positions)
            if end in places:
                whole = True
                longer = longer or alternative.timed
            longer = longer or any(place < end for place in places)
        if whole:
            return Match.OPEN if longer else Match.COMPLETE
        return Match.PARTIAL if longer else Match.NONE

    def allows(self, digits: str) -> bool:
        """Whether some alternative begins with (or is) `digits`."""
        return self.match(digits) is not Match.NONE


def _walk(alternative: Alternative, digits: str) -> set[int]:
    positions = alternative.positions
    places = _skip(positions, {0})
    for digit in digits:
        reached = set()
        for place in places:
            if place < len(positions) and digit in positions[place].fits:
                reached.add(place if positions[place].repeats else place + 1)
        places = _skip(positions, reached)
    return places


def _skip(positions: tuple[Position, ...], places: set[int]) -> set[int]:
    closed = set(places)
    for place in sorted(places):
        here = place
        while here < len(positions) and positions[here].repeats:
            here += 1
            closed.add(here)
    return closed


def parse_digit_map(text: str) -> DigitMap:
    """Read a map; raises `DigitMapError` with the place of the first mistake."""
    body, offset = text, 0
    if text.startswith("(") and text.endswith(")") and len(text) > 1:
        body, offset = text[1:-1], 1
    alternatives = []
    for part in body.split("|"):
        alternatives.append(_parse_alternative(part, offset))
        offset += len(part) + 1
    return DigitMap(tuple(alternatives))


def _parse_alternative(part: str, offset: int) -> Alternative:
    positions: list[Position] = []
    timed = False
    index = 0
    while index < len(part):
        character = part[index]
        if timed:
            raise DigitMapError(offset + index, "nothing may follow the timer 'T'")
        if character in "tT":
            timed = True
        elif character == ".":
            if not positions or positions[-1].repeats:
                raise DigitMapError(
                    offset + index, "'.' repeats a position and needs one before it"
                )
            positions[-1] = Position(positions[-1].fits, repeats=True)
        elif character == "[":
            close = part.find("]", index)
            if close < 0:
                raise DigitMapError(offset + index, "'[' has no ']'")
            positions.append(Position(_parse_set(part[index + 1 : close], offset + index + 1)))
            index = close
        elif character in "xX":
            positions.append(Position(_DIGITS))
        elif character in DIALABLE:
            positions.append(Position(frozenset(character)))
        else:
            raise DigitMapError(
                offset + index, f"{character!r} is no digit, '*', '#', 'x', '[…]', '.' or 'T'"
            )
        index += 1
    if not positions:
        raise DigitMapError(offset, "an alternative is empty")
    return Alternative(tuple(positions), timed)


def _parse_set(inside: str, offset: int) -> frozenset[str]:
    members: set[str] = set()
    index = 0
    while index < len(inside):
        first = inside[index]
        if inside[index + 1 : index + 2] == "-":
            last = inside[index + 2 : index + 3]
            if not (first in _DIGITS and last in _DIGITS and last and first <= last):
                raise DigitMapError(offset + index, "a range goes from a digit to a larger one")
            members.update(str(digit) for digit in range(int(first), int(last) + 1))
            index += 3
        elif first in "xX":
            members.update(_DIGITS)
            index += 1
        elif first in DIALABLE:
            members.add(first)
            index += 1
        else:
            raise DigitMapError(offset + index, f"{first!r} cannot stand in a set")
    if not members:
        raise DigitMapError(offset, "a set is empty")
    return frozenset(members)
