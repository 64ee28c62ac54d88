"""A phone that is banned by its server, as fail2ban does it, and comes back when it is let in.

An Asterisk refuses a password; whoever reads its log has its firewall shut the phone out after the
second refusal. The rules are those of fail2ban's actions: it rejects by default (seen with 1.0.2
and its filter for Asterisk); where IT has told it so it drops, or says that the way is prohibited.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.asterisk_files import Account
from tests.peers.namespace import Namespace
from tests.peers.process import run
from tests.sip.attended import attended

pytestmark = [
    pytest.mark.peers,
    pytest.mark.skipif(
        shutil.which("iptables") is None, reason="iptables is missing: run tests/peers/setup.sh"
    ),
]

USER = "1004"
ALLOWED = 2
"""Refusals after which the address is shut out (fail2ban: maxretry)."""
REFUSED = r"NOTICE.*REGISTER.*sip:1004@.*Failed to authenticate"
BLOCK_TYPES = {
    "drop": ("DROP",),
    "reject": ("REJECT", "--reject-with", "icmp-port-unreachable"),
    "prohibit": ("REJECT", "--reject-with", "icmp-admin-prohibited"),
}


class Jail:
    """A firewall at the server that is told by its log."""

    def __init__(self, server: Asterisk, network: Namespace, block: str) -> None:
        self._server = server
        self._network = network
        self._rule = ("-s", network.host_address, "-p", "udp", "-j", *BLOCK_TYPES[block])

    @property
    def refusals(self) -> int:
        """How often the server has refused the password."""
        return len(re.findall(REFUSED, self._server.log))

    async def watch(self) -> None:
        """Shut the phone out as soon as it has been refused too often."""
        while self.refusals < ALLOWED:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        self._firewall("-I")

    def release(self) -> None:
        """What IT does: ``fail2ban-client unban``."""
        self._firewall("-D")

    def _firewall(self, how: str) -> None:
        run(*self._network.command("iptables", "-w", how, "INPUT", *self._rule))


def change_password(server: Asterisk, known: Account, password: str) -> None:
    """Correct the extension's password on the server."""
    file: Path = server.folder / "etc" / "pjsip.conf"
    head, mark, tail = file.read_text().partition(f"username = {USER}\n")
    assert known.password in tail
    file.write_text(head + mark + tail.replace(known.password, password, 1))
    server.command("module reload res_pjsip.so")


@pytest.mark.parametrize("block", BLOCK_TYPES)
def test_a_banned_phone_says_so_slows_down_and_is_back_when_it_is_released(
    block: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("appliance.phone.registration.FIRST_PAUSE_SECONDS", 0.5)
    monkeypatch.setattr("appliance.phone.registration.PATIENCE_SECONDS", 2.0)
    monkeypatch.setattr("appliance.phone.registration.RECOVERY_PAUSE_SECONDS", 8.0)
    monkeypatch.setattr("appliance.sip.suspicion.RESTART_SECONDS", 2.0)

    async def story(server: Asterisk, network: Namespace) -> None:
        known, jail = server.accounts[USER], Jail(server, network, block)
        account = AccountSettings(0, USER, (server.address,), password="the-right-one")
        watching = asyncio.create_task(jail.watch())
        async with attended(SipSettings((account,))) as phone:
            await phone.failed("wrong-password")
            await phone.failed("wrong-password")
            await watching
            banned = await phone.failed("banned-likely")
            assert "refused 2 times" in banned.evidence
            assert banned.text == "Blocked by the server?"
            assert "fail2ban-client" in banned.next_step
            pause = phone.registration.retry_due - phone.phone.now.monotonic
            assert 6.0 <= pause <= 10.0, "a pause of the long kind, spread"
            assert jail.refusals == ALLOWED
            change_password(server, known, "the-right-one")
            jail.release()
            registered = await phone.registered()
            assert registered.verdict == "ok"
            assert phone.registration.standings[0].refusals == 0
            assert phone.registration.failures == 0
        assert jail.refusals == ALLOWED

    with Namespace() as network:
        server = Asterisk(network)
        server.accounts[USER] = replace(server.accounts[USER], password="an-old-one")
        with server:
            asyncio.run(story(server, network))
