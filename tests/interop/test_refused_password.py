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


def test_a_password_refused_three_times_is_not_offered_after_a_crash(
    pbx: Asterisk, tmp_path: Path
) -> None:
    wrong = configuration(replace(pbx.accounts["1001"], password="not-the-one"), pbx.address)
    with contextlib.suppress(_Crash), Phone(tmp_path, wrong) as phone:
        phone.verdict("wrong-password")
        kept = phone.state / "preferences.json"
        wait_until(lambda: kept.exists() and offers(kept) == 3, OFFERS_S, "the third refusal")
        assert "not-the-one" not in kept.read_text(encoding="utf-8")
        phone.process.kill()
        wait_for_end(phone.process, 10.0)
        raise _Crash
    with Phone(tmp_path, wrong) as again:
        found = again.verdict("wrong-password").accounts[0].registration
        assert found.evidence.endswith("not offered again since the restart")
        assert found.text
        again.client.ask(protocol.Reload(), protocol.ReloadAnswer)
        again.born_again()
        found = again.verdict("wrong-password").accounts[0].registration
        assert "since the restart" not in found.evidence
