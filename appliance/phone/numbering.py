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
_MEXICAN_MOBILE = "+521"
"""Until 2019 the 1 stood before a mobile phone's ten digits, and it still does in old lists."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A country's numbers: its calling code, the prefixes, and the lengths of national ones.

    `trunks` are what stands, or stood, before national numbers, `bare` how many digits these have
    where they are written without it: spreadsheets take a 0 from the beginning of a number. It is
    empty where subscribers' numbers, without their area code, have as many digits.
    """

    code: str
    international: str = "00"
    trunks: tuple[str, ...] = ("0",)
    bare: tuple[int, ...] = ()


PLANS = {
    "us": Plan("1", "011", ("1",), (10,)),
    "gb": Plan("44", bare=(9, 10)),
    "de": Plan("49"),
    "fr": Plan("33", bare=(9,)),
    "es": Plan("34", trunks=(), bare=(9,)),
    "br": Plan("55", bare=(10, 11)),
    "ph": Plan("63", bare=(9, 10)),
    "in": Plan("91", bare=(10,)),
    "au": Plan("61", "0011", bare=(9, 10)),
    "mx": Plan("52", trunks=("01", "044", "045"), bare=(10,)),
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
    bare = number.strip()
    if bare.startswith(("+", "00", "011")):
        bare = bare.replace("(0)", "")
    bare = bare.translate(_SEPARATORS)
    digits = bare[1:] if bare.startswith("+") else bare.replace("*", "").replace("#", "")
    return bare if digits.isascii() and digits.isdecimal() else ""


def canonical(number: str, plan: Plan) -> str:
    """The same text for every way to write a number: ``+`` and its digits, or what it is."""
    digits = plain(number)
    if not digits.startswith("+") and digits.isdecimal():
        digits = _international(digits, plan)
    if digits.startswith(_MEXICAN_MOBILE) and len(digits) == len(_MEXICAN_MOBILE) + 10:
        return f"+52{digits.removeprefix(_MEXICAN_MOBILE)}"
    return digits


def _international(digits: str, plan: Plan) -> str:
    if digits.startswith(plan.international) and len(digits) > len(plan.international) + _SHORTEST:
        return f"+{digits.removeprefix(plan.international)}"
    if len(digits) in plan.bare and not digits.startswith("0"):
        return f"+{plan.code}{digits}"
    for trunk in plan.trunks:
        if digits.startswith(trunk) and len(digits) >= _SHORTEST + len(trunk):
            return f"+{plan.code}{digits.removeprefix(trunk)}"
    if digits.startswith(plan.code) and len(digits) >= len(plan.code) + _SHORTEST + 1:
        return f"+{digits}"
    return digits
