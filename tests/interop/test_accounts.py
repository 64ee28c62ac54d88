"""A whole phone with several accounts at an Asterisk: what the agent sees, and what IT reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.peers.asterisk import Asterisk
from tests.peers.namespace import Namespace

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


SIX = (
    ("1001", "udp", "standard"),
    ("1002", "tcp", "bellcore-dr1"),
    ("1005", "tls", "bellcore-dr2"),
    ("1003", "udp", "bellcore-dr3"),
    ("1004", "tcp", "silent"),
    ("1006", "tls", "bellcore-dr4"),
)
"""User, transport, ring: the first three at one server, the others at another."""


def test_six_accounts_at_two_servers_over_every_transport(pbx: Asterisk, tmp_path: Path) -> None:
    """A line key chooses between its accounts; each is rung for itself, in its own way."""
    with Namespace() as network, Asterisk(network) as second:
        servers = (pbx, pbx, pbx, second, second, second)
        config = ""
        for server, (user, transport, ring) in zip(servers, SIX, strict=True):
            port = server.tls_port if transport == "tls" else server.port
            config += configuration(
                server.accounts[user],
                f"{server.address}:{port}",
                transport=transport,
                ca_file=server.ca_file if transport == "tls" else None,
                more=f'ring = "{ring}"\n',
            )
        with Phone(tmp_path, config) as phone:
            status = phone.registered()
            assert [(a.user, a.transport) for a in status.accounts] == [
                (user, transport) for user, transport, _ in SIX
            ]
            for account, (user, _, ring) in enumerate(SIX):
                phone.press(*[f"line{account % 2 + 1}"] * (account // 2 + 1))
                phone.says(f"Line: {user}")
                phone.type("601")
                assert phone.call("talking", "601").account == user
                phone.hears(1000)
                phone.hang_up()
                phone.no_call()
                phone.hears_nothing()
                servers[account].originate(user, "Wait", "20")
                assert phone.call("incoming").account == user
                phone.says("Incoming call", f"Line: {user}")
                if ring == "silent":
                    phone.hears_nothing()
                else:
                    phone.hears(800)
                phone.press("back")
                phone.no_call()
