"""A telephone on its way into a row of the table: what is carried over, and what cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from appliance.config.kinds import MAX_ACCOUNTS
from appliance.config.problems import Problem, shown
from appliance.fleet.moving import terms
from appliance.fleet.moving.reading import Settings

_SPEED_DIALS = "123456789"


@dataclass(slots=True)
class Cells:
    """The row by column; `problems` are settings that we have too, in words we do not know."""

    settings: Settings
    row: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _count: int = 0
    _account: int = 0
    """The number of the account that is spoken of; 0: one that the row has no place for."""

    def begin(self, user: str, *names: str) -> None:
        """What is said of an account from now on is this one's; without a `user`, nobody's.

        One beyond the last that a unit may have is told by these names, and left behind.
        """
        self._count += bool(user)
        self._account = self._count if user and self._count <= MAX_ACCOUNTS else 0
        self.account("user", user)
        if self._count > MAX_ACCOUNTS and user:
            self.unknown(f"{MAX_ACCOUNTS} accounts at most", *names)

    def account(self, key: str, value: str) -> None:
        """A key of the account."""
        if value and self._account:
            suffix = str(self._account) if self._account > 1 else ""
            if key == "auth_user" and value == self.row.get(f"user{suffix}"):
                return
            self.row.setdefault(f"{key}{suffix}", value)

    def chosen(self, key: str, words: Mapping[str, str], *names: str) -> None:
        """A key of the account whose value is one of the maker's numbers or words."""
        given = self.settings.take(*names)
        if given and given.lower() not in words:
            self.unknown(f"one of {', '.join(words)}", *names)
        self.account(key, words.get(given.lower(), ""))

    def proxy(self, server: str) -> None:
        """The account's outbound proxy, as address or URI."""
        if server:
            whole = server if re.match("sips?:", server) else f"sip:{server}"
            self.account("outbound_proxy", whole)

    def mailbox(self, *names: str) -> None:
        """The number of the first account's mailbox."""
        given = self.settings.take(*names) if self._account == 1 else ""
        if re.fullmatch("[0-9]+", given):
            self.row["voicemail"] = given
        elif given:
            self.unknown("the number of a mailbox, digits", *names)

    def codecs(self, words: Iterable[str]) -> None:
        """The codecs; a phone has one list, and the first account's is taken."""
        if found := terms.codecs(words):
            self.row.setdefault("audio.codecs", found)

    def language(self, *names: str) -> None:
        """The language of the display."""
        self._told("phone.language", terms.language, "a language of the display", *names)

    def zone(self, *names: str) -> None:
        """The time zone."""
        self._told("phone.timezone", terms.zone, "a time zone that has a name", *names)

    def digit_map(self, *names: str) -> None:
        """When a number is complete."""
        expected = "a dial plan without replacements, for [dial] digit_map has none"
        self._told("dial.digit_map", terms.digit_map, expected, *names)

    def speed_dial(self, name: str, digit: str = "") -> None:
        """A number behind a digit, or behind the next one that is free."""
        given = self.settings.take(name)
        number = terms.number(given)
        taken = [key.rpartition(".")[2] for key in self.row if key.startswith("dial.speed_dial.")]
        free = digit or next((one for one in _SPEED_DIALS if one not in taken), "")
        if number and re.fullmatch("[0-9]", free):
            self.row[f"dial.speed_dial.{free}"] = number
        elif given:
            self.unknown("a number, and one of ten digits for it", name)

    def unknown(self, expected: str, *names: str) -> None:
        """Told as a warning: the setting is one of ours, but not its value."""
        name = next(name for name in names if self.settings.take(name))
        given = self.settings.found[name]
        found = shown(given.value)
        self.problems.append(Problem(given.place, name, found, expected, severity="warning"))

    def _told(
        self, column: str, translate: Callable[[str], str], expected: str, *names: str
    ) -> None:
        given = self.settings.take(*names)
        value = translate(given) if given else ""
        if value:
            self.row[column] = value
        elif given:
            self.unknown(expected, *names)
