"""A wrong password, at a real server, over a crash of the phone and over IT's command."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.control import protocol
from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace
from tests.peers.process import wait_for_end, wait_until

pytestmark = pytest.mark.peers

OFFERS_S = 30.0
"""Three offers, two and four seconds apart, each spread."""


def offers(kept: Path) -> int:
    """How many refusals a phone has kept there."""
    found = json.loads(kept.read_text(encoding="utf-8"))
    return sum(sum(one["offers"]) for one in found["refusals"])


class _Crash(Exception):
    """The phone was killed, as it should be."""


def is_refused_three_times_and_crashes(folder: Path, wrong: str) -> None:
    """A phone's first life."""
    with contextlib.suppress(_Crash), Phone(folder, wrong) as phone:
        phone.verdict("wrong-password")
        kept = phone.state / "preferences.json"
        wait_until(lambda: kept.exists() and offers(kept) == 3, OFFERS_S, "the third refusal")
        assert "not-the-one" not in kept.read_text(encoding="utf-8")
        crashes(phone)


def crashes(phone: Phone) -> None:
    """It has no time to write anything."""
    phone.process.kill()
    wait_for_end(phone.process, 10.0)
    raise _Crash


def test_a_password_refused_three_times_is_not_offered_after_a_crash(
    pbx: Asterisk, tmp_path: Path
) -> None:
    wrong = configuration(replace(pbx.accounts["1001"], password="not-the-one"), pbx.address)
    is_refused_three_times_and_crashes(tmp_path, wrong)
    with Phone(tmp_path, wrong) as again:
        found = again.verdict("wrong-password").accounts[0].registration
        assert found.evidence.endswith("not offered again since the restart")
        assert found.text
        again.client.ask(protocol.Reload(), protocol.ReloadAnswer)
        again.born_again()
        found = again.verdict("wrong-password").accounts[0].registration
        assert "since the restart" not in found.evidence


def test_a_password_that_the_server_was_taught_is_good_after_a_crash_too(tmp_path: Path) -> None:
    with Namespace() as network, Asterisk(network) as server:
        right = server.accounts["1001"].password
        wrong = configuration(
            replace(server.accounts["1001"], password="not-the-one"), server.address
        )
        is_refused_three_times_and_crashes(tmp_path, wrong)
        config = server.folder / "etc" / "pjsip.conf"
        config.write_text(config.read_text().replace(right, "not-the-one"))
        server.command("module reload res_pjsip.so")
        with contextlib.suppress(_Crash), Phone(tmp_path, wrong) as phone:
            phone.verdict("wrong-password")
            phone.client.ask(protocol.Reload(), protocol.ReloadAnswer)
            phone.born_again()
            phone.registered()
            crashes(phone)
        with Phone(tmp_path, wrong) as again:
            again.registered()
