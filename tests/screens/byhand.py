"""How the phone comes to show the screens on which an account is typed."""

from __future__ import annotations

from collections.abc import Callable

from appliance.phone.multitap import TAP_SECONDS
from tests.phone.stories import Bench

# What is pressed in a row for each letter.
_TAPS = {
    **{letter: (str(2 + n // 3), 2 + n % 3) for n, letter in enumerate("abcdefghijklmno")},
    "p": ("7", 2),
    "x": ("9", 3),
    ".": ("*", 1),
}


def _typed(made: Bench, text: str) -> Bench:
    for letter in text:
        key, times = _TAPS.get(letter, (letter, 1))
        made.press(*[key] * times).wait(TAP_SECONDS + 0.1)
    return made


def server() -> Bench:
    """The name of the server has been typed."""
    made = Bench(registered=False, accounts=()).hold("*").press("8")
    return _typed(made, "pbx.example.com")


def password() -> Bench:
    """So have the extension and a password."""
    return _typed(_typed(server().press("#"), "1001").press("#"), "2345697")


def account() -> Bench:
    """All of it is shown once more."""
    return password().press("#").press("3")


BY_HAND: dict[str, Callable[[], Bench]] = {
    "server-by-hand": server,
    "password-by-hand": password,
    "account-by-hand": account,
}
