"""Telephone numbers as the same person writes, dials and is shown them in different ways.

``+49 30 5550142``, ``0049305550142`` and, in Germany, ``030 5550142`` are one number. `canonical`
makes them one text to be compared, never to be dialled. The table has what that takes of the plans
of the countries that the phone knows (ITU-T E.164 and the national plans that ITU-T publishes under
E.129): what stands before international and national numbers, and how long national ones without a
prefix are. Whether a number exists is the server's to know.
"""

from __future__ import annotations

from dataclasses import dataclass

_SEPARATORS = str.maketrans("", "", " \t\u00a0\u202f\u2007().-/\u2010\u2011\u2013")
_SHORTEST = 7
"""Digits of the shortest number that is no extension."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A country's numbers: its calling code, the prefixes, and the length of bare national ones.

    `bare` is 0 where national numbers are never written without the `trunk` prefix.
    """

    code: str
    international: str = "00"
    trunk: str = "0"
    bare: int = 0


PLANS = {
    "us": Plan("1", "011", "1", 10),
    "gb": Plan("44"),
    "de": Plan("49"),
    "fr": Plan("33"),
    "es": Plan("34", trunk="", bare=9),
    "br": Plan("55"),
    "ph": Plan("63"),
    "in": Plan("91", bare=10),
    "au": Plan("61", "0011"),
    "mx": Plan("52", trunk="", bare=10),
}
"""By ISO 3166-1 code."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Some numbers, whichever way anybody writes them."""

    written: tuple[str, ...] = ()
    plan: Plan = PLANS["us"]

    def __contains__(self, number: str) -> bool:
        """Whether it is one of them; no number never is."""
        wanted = canonical(number, self.plan)
        return bool(wanted) and any(canonical(one, self.plan) == wanted for one in self.written)


def plain(number: str) -> str:
    """A number without what people put between its digits; empty if it is none."""
    bare = number.strip().replace("(0)", "") if number.strip().startswith("+") else number
    bare = bare.translate(_SEPARATORS)
    digits = bare[1:] if bare.startswith("+") else bare.replace("*", "").replace("#", "")
    return bare if digits.isascii() and digits.isdecimal() else ""


def canonical(number: str, plan: Plan) -> str:
    """The same text for every way to write a number: ``+`` and its digits, or what it is."""
    digits = plain(number)
    if digits.startswith("+") or not digits.isdecimal():
        return digits
    if digits.startswith(plan.international) and len(digits) > len(plan.international) + _SHORTEST:
        return f"+{digits.removeprefix(plan.international)}"
    if plan.bare and len(digits) == plan.bare and not digits.startswith("0"):
        return f"+{plan.code}{digits}"
    if plan.trunk and digits.startswith(plan.trunk) and len(digits) >= _SHORTEST + len(plan.trunk):
        return f"+{plan.code}{digits.removeprefix(plan.trunk)}"
    if digits.startswith(plan.code) and len(digits) >= len(plan.code) + _SHORTEST + 1:
        return f"+{digits}"
    return digits
