"""IPv4 and IPv6: a whole phone in networks that have one, the other, or both and one of them dead.

The server has a name with addresses of both families. Where the audio goes is asked of the server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers import namespace
from tests.peers.asterisk import Asterisk
from tests.peers.branch import SERVER, Branch, Family
from tests.peers.process import run, wait_until

pytestmark = pytest.mark.peers

BOTH: tuple[Family, Family] = ("ipv4", "ipv6")
SILENCE_S = 30.0
"""Time for the first family to be given up, on a machine that is busy."""


@pytest.fixture(autouse=True)
def _ipv6(network: namespace.Namespace) -> Iterator[None]:
    if not network.server_address6:
        pytest.skip("this machine has no IPv6")
    yield


def phone_in(branch: Branch, pbx: Asterisk, folder: Path, server: str, more: str = "") -> Phone:
    settings = configuration(pbx.accounts["1001"], server, more=more)
    return Phone(folder, settings, inside=branch.command())


def talks(phone: Phone, pbx: Asterisk, address: str) -> None:
    """Registered from that address, and hears itself by it."""
    host = f"[{address}]" if ":" in address else address
    at = phone.registered(SILENCE_S).accounts[0].registration
    assert at.verdict == "ok"
    assert host in pbx.wait_for_registration("1001")
    phone.dial("600")
    phone.call("talking", "600")
    phone.hears(VOICE_HZ)
    wait_until(lambda: host in pbx.command("pjsip show contacts"), 5.0, "the contact")
    phone.hang_up()
    phone.no_call()


@pytest.mark.parametrize("server", ["name", "literal"])
def test_a_network_without_ipv4(pbx: Asterisk, tmp_path: Path, server: str) -> None:
    where = f"{SERVER}:{pbx.port}" if server == "name" else f"[{pbx.address6}]"
    with (
        Branch(pbx.namespace, "ipv6") as branch,
        phone_in(branch, pbx, tmp_path, where) as phone,
    ):
        talks(phone, pbx, branch.address("ipv6"))


def test_a_network_without_ipv6(pbx: Asterisk, tmp_path: Path) -> None:
    with (
        Branch(pbx.namespace, "ipv4") as branch,
        phone_in(branch, pbx, tmp_path, f"{SERVER}:{pbx.port}") as phone,
    ):
        talks(phone, pbx, branch.address("ipv4"))


@pytest.mark.parametrize(("dead", "used"), [("ipv4", "ipv6"), ("ipv6", "ipv4")])
def test_of_two_families_the_one_that_leads_there(
    pbx: Asterisk, tmp_path: Path, dead: Family, used: Family
) -> None:
    with Branch(pbx.namespace, *BOTH) as branch:
        branch.swallow(dead)
        with phone_in(branch, pbx, tmp_path, f"{SERVER}:{pbx.port}") as phone:
            talks(phone, pbx, branch.address(used))


@pytest.mark.parametrize("family", BOTH)
def test_a_family_that_is_asked_for(pbx: Asterisk, tmp_path: Path, family: Family) -> None:
    """Both would do; the account has one of them alone, for SIP and in its offers."""
    more = f'address_family = "{family}"'
    with (
        Branch(pbx.namespace, *BOTH) as branch,
        phone_in(branch, pbx, tmp_path, f"{SERVER}:{pbx.port}", more) as phone,
    ):
        talks(phone, pbx, branch.address(family))


def test_no_other_family_is_tried_than_the_one_asked_for(pbx: Asterisk, tmp_path: Path) -> None:
    more = 'address_family = "ipv6"'
    with Branch(pbx.namespace, *BOTH) as branch:
        branch.swallow("ipv6")
        with phone_in(branch, pbx, tmp_path, f"{SERVER}:{pbx.port}", more) as phone:
            status = phone.verdict("silent", SILENCE_S)
            assert str(pbx.address6) in status.accounts[0].registration.evidence


def test_a_family_that_the_network_does_not_have(pbx: Asterisk, tmp_path: Path) -> None:
    more = 'address_family = "ipv6"'
    with (
        Branch(pbx.namespace, "ipv4") as branch,
        phone_in(branch, pbx, tmp_path, f"{SERVER}:{pbx.port}", more) as phone,
    ):
        status = phone.verdict("no-address", SILENCE_S)
        assert "expected an IPv6 address" in status.accounts[0].registration.evidence


def test_a_default_route_that_leads_nowhere_is_no_matter(tmp_path: Path) -> None:
    """The server is this machine, which has a way for IPv6 to the world and no address there."""
    with namespace.Namespace() as network:
        inside = ("ip", "-n", network.name, "-6")
        run(*inside, "addr", "flush", "dev", network.server_link)
        run(*inside, "route", "add", "default", "dev", network.server_link)
        pbx = Asterisk(network)
        pbx.address6 = "::1"
        with pbx:
            settings = configuration(pbx.accounts["1001"], "[::1]")
            with Phone(tmp_path, settings, inside=network.command()) as phone:
                phone.registered()
                phone.dial("600")
                phone.call("talking", "600")
                phone.hears(VOICE_HZ)
                phone.hang_up()
                phone.no_call()
