"""A unit whose network names its server: dnsmasq, networkd, nginx and Asterisk."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.control.status import Status
from tests.interop.phone import Phone, configuration
from tests.interop.test_provisioning import until
from tests.peers import asterisk, dnsmasq, nginx
from tests.peers.asterisk import Asterisk
from tests.peers.certificates import Authority
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not
from tests.peers.nginx import Nginx
from tests.peers.process import run
from tests.provisioning.test_discover import NETWORKD

pytestmark = pytest.mark.peers

CARD = '[provisioning]\ndiscover = ["usb", "dhcp", "dns"]\n'
"""Whom a unit without a card asks too; a simulated one without has its PBX built in."""
SWITCHED_ON = """
set -e
ip link set lo up
mount -t tmpfs tmpfs /run; mount -t tmpfs tmpfs /etc/systemd/network
mount -o remount,bind,ro /sys
mkdir -p /run/systemd/netif/links /run/systemd/netif/leases /run/systemd/netif/lldp
chown -R systemd-network /run/systemd/netif
printf '[Match]\\nType=ether\\n[Network]\\nDHCP=ipv4\\n[DHCPv4]\\nClientIdentifier=mac\\n' \\
    >/etc/systemd/network/20-wired.network
sysctl -qw net.ipv4.ip_unprivileged_port_start=68
"$1" >/dev/null 2>&1 &
export SSL_CERT_FILE=$2
shift 2
exec setpriv --bounding-set=-all --inh-caps=-all --no-new-privs "$@"
"""
"""Networkd as a unit has it, which `unit` ends; the phone has no privilege."""


@pytest.fixture
def network() -> Iterator[Namespace]:
    lacking = why_not() or dnsmasq.why_not() or nginx.why_not() or asterisk.why_not()
    if lacking:
        pytest.skip(lacking)
    if not NETWORKD.exists():
        pytest.skip("this machine has no systemd-networkd")
    if Path("/proc/self/uid_map").read_text().split() != ["0", "0", "4294967295"]:
        pytest.skip("networkd changes its user: run this test as root")
    with Namespace() as made:
        yield made


def switched_on(network: Namespace, unit: str, authority: Authority) -> tuple[str, ...]:
    """The command that starts a program of a unit at the other end of the cable."""
    run("ip", "link", "set", network.host_link, "netns", unit)
    inside = ("ip", "netns", "exec", unit, "unshare", "--mount")
    return (*inside, "bash", "-c", SWITCHED_ON, "unit", str(NETWORKD), str(authority.ca_file))


@pytest.fixture
def unit(network: Namespace) -> Iterator[str]:
    """A namespace for the unit, apart from the servers' and from this one."""
    name = f"{network.name}c"
    run("ip", "netns", "add", name)
    try:
        yield name
    finally:
        for pid in run("ip", "netns", "pids", name).split():
            os.kill(int(pid), signal.SIGKILL)
        run("ip", "netns", "del", name)


def test_an_option_of_dhcp_is_all_that_a_unit_needs(
    network: Namespace, unit: str, tmp_path: Path
) -> None:
    served = tmp_path / "served"
    served.mkdir()
    authority = Authority(tmp_path / "authority")
    with (
        Asterisk(network) as pbx,
        Nginx(served, authority, network=network) as site,
        Dnsmasq(network, "--port=0", f"--dhcp-option=66,{site.url}", link_local=False),
    ):
        account = pbx.accounts["1001"]
        (served / "common.toml").write_text(configuration(account, pbx.address))
        inside = switched_on(network, unit, authority)
        with Phone(tmp_path / "unit", CARD, inside=inside) as phone:
            status = until(phone, proven, "a registered phone whose configuration is kept", 40.0)
            assert status.provisioning is not None
            assert status.provisioning.url == site.url
            assert f"DHCP option 66 of {network.server_address}" in phone.journal
            assert phone.config.read_text() == CARD
            phone.lift()
            phone.type("600")
            phone.call("talking", "600")
            phone.replace()
            phone.no_call()


def proven(status: Status) -> bool:
    """Registered, and no trial is under way any more."""
    accounts = status.accounts
    return (
        bool(accounts)
        and accounts[0].registration.state == "registered"
        and not status.config.trial
    )
