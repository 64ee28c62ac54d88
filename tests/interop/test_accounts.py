"""A whole phone with several accounts at an Asterisk: what the agent sees, and what IT reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk

pytestmark = pytest.mark.peers


def test_two_accounts_and_one_that_fails(pbx: Asterisk, tmp_path: Path) -> None:
    wrong = replace(pbx.accounts["1003"], password="not-the-password")
    config = "".join(
        (
            configuration(pbx.accounts["1001"], pbx.address),
            configuration(
                pbx.accounts["1002"],
                pbx.address,
                transport="tcp",
                more='label = "Sales"\nring = "bellcore-dr3"\n',
            ),
            configuration(wrong, pbx.address),
        )
    )
    with Phone(tmp_path, config) as phone:
        status = phone.until(
            lambda s: (
                [a.registration.verdict for a in s.accounts] == ["ok", "ok", "wrong-password"]
            ),
            "the three verdicts",
        )
        assert [(a.label, a.transport) for a in status.accounts] == [
            ("1001", "udp"),
            ("Sales", "tcp"),
            ("1003", "udp"),
        ]
        phone.says("1003: Password not accepted")
        assert "partly-registered" in phone.icons()
        phone.press("line2")
        phone.says("Line: Sales")
        phone.type("600")
        assert phone.call("talking", "600").account == "1002"
        phone.says("Line: Sales")
        phone.hang_up()
        phone.no_call()
        pbx.originate("1002", "Wait", "20")
        assert phone.call("incoming").account == "1002"
        phone.says("Incoming call", "Line: Sales")
        phone.hears(800)
        phone.press("line2")
        phone.call("talking")
        phone.hang_up()
        phone.no_call()
