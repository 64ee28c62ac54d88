"""A password that is changed at a whole site: ``python -m tests.interop.rotation --units 50``.

Whole phones, each with files of its own at one nginx, are registered at one Asterisk. Then both get
new passwords, and every phone is told so by `check-sync`. All the while each phone is called: calls
that it does not answer are counted, and how long it takes until all are registered anew.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import secrets
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from appliance.control.status import Status
from tests.interop.phone import Phone, configuration
from tests.interop.test_provisioning import until
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account
from tests.peers.certificates import Authority
from tests.peers.namespace import Namespace
from tests.peers.nginx import Nginx

FIRST = 1101
CALLER = "7770"
TALK_SECONDS = 2
CALL_SECONDS = 4.0
"""From one call of a phone to its next, at least."""
CALLS_EACH = 3
BEFORE_SECONDS = 5.0
"""How long before the change the first calls begin."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: `seconds` from the change until every phone lived with it."""

    units: int
    seconds: float
    calls: int
    missed: tuple[str, ...]
    """Users whose calls were not answered."""
    refused: tuple[str, ...]
    """Users whose phone says it offered a password that was refused."""

    @property
    def words(self) -> str:
        """The figures in a line."""
        return (
            f"{self.units} units had a new password after {self.seconds:.1f} s;"
            f" {len(self.missed)} of {self.calls} calls missed, {len(self.refused)} units refused"
        )


def play(folder: Path, units: int, over_seconds: float) -> Outcome:
    """Rotate the passwords of so many phones, calling them over so long a time."""
    users = [str(FIRST + number) for number in range(units)]
    served = folder / "served"
    with contextlib.ExitStack() as site:
        network = site.enter_context(Namespace())
        pbx = Asterisk(network)
        pbx.accounts.update({user: Account(user, secrets.token_hex(8)) for user in users})
        site.enter_context(pbx)
        served.mkdir()
        files = site.enter_context(Nginx(served, Authority(folder / "authority")))
        for user in users:
            _serve(served, pbx, user)
        card = '[provisioning]\nurl = "{}{}/"\nca_file = "{}"\n'
        phones = {
            user: site.enter_context(
                Phone(folder / user, card.format(files.url, user, files.authority.ca_file))
            )
            for user in users
        }
        versions = {user: _lives(phone, "", 120.0) for user, phone in phones.items()}
        calls = _Calls(pbx, users, over_seconds)
        site.callback(calls.end)
        calls.begin()
        calls.wait(BEFORE_SECONDS)
        began = time.monotonic()
        _rotate(served, pbx, users)
        for user, phone in phones.items():
            _lives(phone, versions[user], 180.0)
        spent = time.monotonic() - began
        missed = calls.all_over()
        refused = tuple(
            user for user, phone in phones.items() if "verdict=wrong-password" in phone.journal
        )
    return Outcome(units, spent, len(users) * CALLS_EACH, missed, refused)


def _serve(served: Path, pbx: Asterisk, user: str) -> None:
    place = served / user
    place.mkdir(exist_ok=True)
    more = f'[agent]\nauto_answer_numbers = ["{CALLER}"]\n'
    (place / "new").write_text(configuration(pbx.accounts[user], pbx.address, more=more))
    (place / "new").rename(place / "common.toml")


def _rotate(served: Path, pbx: Asterisk, users: list[str]) -> None:
    """What IT does: the new files, the new passwords at the PBX, and word to every phone."""
    config = pbx.folder / "etc" / "pjsip.conf"
    text = config.read_text()
    for user in users:
        before, after = pbx.accounts[user], Account(user, secrets.token_hex(9))
        text = text.replace(before.password, after.password)
        pbx.accounts[user] = after
        _serve(served, pbx, user)
    config.write_text(text)
    pbx.command("module reload res_pjsip.so")
    for user in users:
        pbx.command(f"pjsip send notify check-sync endpoint {user}")


def _lives(phone: Phone, former: str, seconds: float) -> str:
    """The version of the configuration that it is registered with, and keeps: another than that."""

    def does(status: Status) -> bool:
        accounts, config = status.accounts, status.config
        registered = bool(accounts) and accounts[0].registration.state == "registered"
        return registered and not config.trial and config.version not in ("", former)

    return until(
        phone, does, f"a registered phone with another version than {former}", seconds
    ).config.version


class _Calls:
    """Calls to each phone at moments of their own, each answered by itself."""

    def __init__(self, pbx: Asterisk, users: list[str], over_seconds: float) -> None:
        order = random.Random(7)
        self._pbx = pbx
        turn = over_seconds / CALLS_EACH
        self._due = sorted(
            (turn * number + order.uniform(0.0, turn - CALL_SECONDS), user)
            for user in users
            for number in range(CALLS_EACH)
        )
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._placed: dict[str, str] = {}
        self._since = pbx.manager.mark()

    def begin(self) -> None:
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Let calls come for so long."""
        self._over.wait(seconds)

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def all_over(self) -> tuple[str, ...]:
        """Wait for the last one; whose calls have failed."""
        self._thread.join()
        manager = self._pbx.manager
        for channel in self._placed:
            manager.wait_for_event(
                "Hangup",
                lambda event, channel=channel: event.get("Uniqueid") == channel,  # type: ignore[misc]
                60.0,
                self._since,
            )
        answered = {
            event.get("Uniqueid")
            for event in manager.events("Newstate", self._since)
            if event.get("ChannelStateDesc") == "Up"
        }
        return tuple(user for channel, user in self._placed.items() if channel not in answered)

    def _run(self) -> None:
        began = time.monotonic()
        for number, (moment, user) in enumerate(self._due):
            if self._over.wait(max(0.0, began + moment - time.monotonic())):
                return
            self._place(f"rotation-{number}", user)

    def _place(self, channel: str, user: str) -> None:
        self._placed[channel] = user
        self._pbx.manager.action(
            "Originate",
            ChannelId=channel,
            Channel=f"PJSIP/{user}",
            CallerID=f"Queue <{CALLER}>",
            Application="Wait",
            Data=str(TALK_SECONDS),
            Timeout="8000",
            Async="true",
        )


def main() -> int:
    """Play it and print the figures; 0 when no call was missed and no password refused."""
    parser = argparse.ArgumentParser(prog="python -m tests.interop.rotation")
    parser.add_argument("--units", type=int, default=50, help="how many whole phones")
    parser.add_argument("--over", type=float, default=60.0, help="seconds in which they are called")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="deskphone-rotation-") as folder:
        outcome = play(Path(folder), arguments.units, arguments.over)
    sys.stdout.write(f"{outcome.words}\n")
    return 1 if outcome.missed or outcome.refused else 0


if __name__ == "__main__":
    sys.exit(main())
