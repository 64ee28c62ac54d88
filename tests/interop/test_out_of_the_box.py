"""A unit whose network names its server: dnsmasq, networkd, nginx and Asterisk."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.interop.phone import Phone, configuration
from tests.interop.test_command import ctl
from tests.interop.test_provisioning import looked, registered
from tests.peers import asterisk, dnsmasq, networkd, nginx
from tests.peers.asterisk import Asterisk
from tests.peers.certificates import Authority
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not
from tests.peers.nginx import Nginx
from tests.peers.process import run

pytestmark = pytest.mark.peers

CARD = '[provisioning]\ndiscover = ["usb", "dhcp", "dns"]\n'
"""Whom a unit without a card asks too; a simulated one without has its PBX built in."""
SWITCHED_ON = f"""{networkd.BEGIN}
networkd &
export SSL_CERT_FILE=$1
shift
exec {networkd.UNPRIVILEGED} "$@"
"""
"""Networkd as a unit has it, which `unit` ends; the phone has no privilege."""


@pytest.fixture
def network() -> Iterator[Namespace]:
    lacking = why_not() or dnsmasq.why_not() or nginx.why_not() or asterisk.why_not()
    if lacking := lacking or networkd.why_not():
        pytest.skip(lacking)
    with Namespace() as made:
        yield made


def switched_on(network: Namespace, unit: str, authority: Authority) -> tuple[str, ...]:
    """The command that starts a program of a unit at the other end of the cable."""
    run("ip", "link", "set", network.host_link, "netns", unit)
    inside = ("ip", "netns", "exec", unit, "unshare", "--mount")
    return (*inside, "bash", "-c", SWITCHED_ON, "unit", str(authority.ca_file))


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


def test_a_name_by_tradition_is_a_tftp_server(
    network: Namespace, unit: str, tmp_path: Path
) -> None:
    """What IT allows by name: files in clear text, and the password in them."""
    served = tmp_path / "served"
    served.mkdir()
    options = ("--port=0", f"--dhcp-option=66,{network.server_address}")
    tftp = ("--enable-tftp", f"--tftp-root={served}")
    with Asterisk(network) as pbx, Dnsmasq(network, *options, *tftp, link_local=False):
        account = pbx.accounts["1001"]
        (served / "common.toml").write_text(configuration(account, pbx.address))
        inside = switched_on(network, unit, Authority(tmp_path / "authority"))
        with Phone(tmp_path / "unit", f"{CARD}clear_text = true\n", inside=inside) as phone:
            told = looked(phone, "failed")
            assert told.reason == "clear-text" and "`password`" in told.detail
            assert told.url == f"tftp://{network.server_address}/"
            sealed = f"age -r {told.recipient} -o {served}/own.age {served}/common.toml"
            run(*sealed.split())
            (served / "own.age").rename(served / f"{'0' * 12}.toml.age")
            (served / "common.toml").write_text('[phone]\nname = "By TFTP"\n')
            assert "on trial" in ctl(phone, "reload")
            assert registered(phone).name == "By TFTP"
            assert looked(phone, "unchanged").url == told.url
            phone.lift()
            phone.type("600")
            phone.call("talking", "600")
            phone.replace()
            phone.no_call()


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
            provisioning = registered(phone).provisioning
            assert provisioning is not None and provisioning.url == site.url
            assert f"DHCP option 66 of {network.server_address}" in phone.journal
            assert phone.config.read_text() == CARD
            phone.lift()
            phone.type("600")
            phone.call("talking", "600")
            phone.replace()
            phone.no_call()
