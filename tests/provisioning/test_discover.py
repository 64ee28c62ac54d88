"""A unit with nothing but its network finds its server: dnsmasq, and networkd beside it."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Collection, Iterator
from pathlib import Path

import pytest

from appliance.config.provision import Discovery
from appliance.provisioning import stick
from appliance.provisioning.candidate import Candidate
from appliance.provisioning.discover import Surroundings, discover, settled
from tests.peers import dnsmasq, networkd
from tests.peers.dnsmasq import Dnsmasq
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

URL = "https://phones.example.com/units/"
SERVICE = "_deskphone-cfg._tcp.example.com"


@pytest.fixture
def network() -> Iterator[Namespace]:
    if lacking := why_not() or dnsmasq.why_not():
        pytest.skip(lacking)
    with Namespace() as made:
        yield made


def surroundings(folder: Path, network: Namespace | None = None, vendor: str = "") -> Surroundings:
    """Leases as networkd writes them, and a name server."""
    netif = folder / "netif"
    for name in ("leases", "links"):
        (netif / name).mkdir(parents=True)
    server = "127.0.0.1"
    if network is not None:
        server = network.server_address
        number = str(socket.if_nametoindex(network.host_link))
        (netif / "links" / number).write_text("NETWORK_FILE=/etc/systemd/network/any.network\n")
        (netif / "leases" / number).write_text(
            f"ADDRESS={network.host_address}\nSERVER_ADDRESS={server}\n{vendor}"
        )
    (folder / "resolv.conf").write_text(f"nameserver {server}\nsearch example.com\n")
    return Surroundings(netif, folder / "resolv.conf")


def found(around: Surroundings, *sources: Discovery, seconds: float = 3.0) -> tuple[Candidate, ...]:
    return asyncio.run(discover(sources, around, seconds=seconds))


def urls(candidates: Collection[Candidate]) -> list[str]:
    return [candidate.url for candidate in candidates]


@pytest.mark.parametrize(
    ("option", "code", "url"),
    [
        (f"66,{URL}", "66", URL),
        ("66,phones.example.com", "66", "https://phones.example.com/"),
        (f"160,{URL}", "160", URL),
        ("150,192.0.2.5", "150", "https://192.0.2.5/"),
        (f"vendor:Deskphone,1,{URL}", "43.1", URL),
    ],
)
def test_dhcp_names_the_server(
    network: Namespace, tmp_path: Path, option: str, code: str, url: str
) -> None:
    around = surroundings(tmp_path, network)
    with Dnsmasq(network, "--port=0", f"--dhcp-option={option}"):
        begun = time.monotonic()
        got = found(around, "dhcp")
        spent = time.monotonic() - begun
    who = f"{network.server_address} ({network.host_link})"
    assert got == (Candidate(url, f"DHCP option {code} of {who}"),)
    assert spent < 1.0


def test_dhcpv6_names_the_server(network: Namespace, tmp_path: Path) -> None:
    if not network.host_address6:
        pytest.skip("this kernel has no IPv6")
    around = surroundings(tmp_path, network)
    with Dnsmasq(network, "--port=0", f"--dhcp-option=option6:59,{URL}"):
        got = found(around, "dhcp")
    assert got == (Candidate(URL, f"DHCPv6 option 59 of {network.host_link}"),)


def test_tftp_is_passed_over(network: Namespace, tmp_path: Path) -> None:
    around = surroundings(tmp_path, network)
    options = ("--dhcp-option=66,tftp://192.0.2.1/", f"--dhcp-option=160,{URL}")
    with Dnsmasq(network, "--port=0", *options):
        assert urls(found(around, "dhcp")) == ["tftp://192.0.2.1/", URL]


@pytest.mark.parametrize(
    ("listens", "clear_text", "tftp"),
    [(True, True, False), (False, True, True), (False, False, False)],
)
def test_a_name_means_tftp_where_nobody_speaks_https(
    listens: bool, clear_text: bool, tftp: bool
) -> None:
    async def story() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        named = Candidate(f"https://127.0.0.1:{port}/", "", "tftp://127.0.0.1/")
        if not listens:
            server.close()
            await server.wait_closed()
        chosen = await settled(named, clear_text=clear_text)
        assert chosen.url == (named.tftp if tftp else named.url)
        server.close()
        await server.wait_closed()

    asyncio.run(story())


def test_the_dns_names_the_server(network: Namespace, tmp_path: Path) -> None:
    around = surroundings(tmp_path, network)
    records = (f"--srv-host={SERVICE},phones.example.com,8443", f"--txt-record={SERVICE},path=/u/")
    with Dnsmasq(network, *records):
        got = found(around, "dns")
    assert got == (Candidate("https://phones.example.com:8443/u/", f"DNS SRV {SERVICE}"),)


def test_a_pointer_leads_to_the_server(network: Namespace, tmp_path: Path) -> None:
    around = surroundings(tmp_path, network)
    instance = f"Office.{SERVICE}"
    records = (
        f"--ptr-record={SERVICE},{instance}",
        f"--srv-host={instance},phones.example.com,443",
        f"--txt-record={instance},path=/units/",
    )
    with Dnsmasq(network, *records):
        got = found(around, "dns")
    assert got == (Candidate(URL, f"DNS SRV {instance.lower()}"),)


def test_dhcp_comes_before_the_dns(network: Namespace, tmp_path: Path) -> None:
    around = surroundings(tmp_path, network)
    records = (f"--srv-host={SERVICE},other.example.com,443", f"--dhcp-option=66,{URL}")
    with Dnsmasq(network, *records):
        assert urls(found(around, "dns", "dhcp"))[0] == URL


def test_a_silent_network_costs_its_time_and_no_more(network: Namespace, tmp_path: Path) -> None:
    around = surroundings(tmp_path, network, "VENDOR_SPECIFIC=010e68747470733a2f2f642e74657374\n")
    network.swallow()
    longest = 0.0

    async def story() -> tuple[Candidate, ...]:
        nonlocal longest
        loop = asyncio.get_running_loop()
        asking = asyncio.create_task(discover(("usb", "dhcp", "dns"), around, seconds=1.5))
        last = loop.time()
        while not asking.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, loop.time() - last), loop.time()
        return await asking

    begun = time.monotonic()
    got = asyncio.run(story())
    assert urls(got) == ["https://d.test"]
    assert time.monotonic() - begun < 2.5
    assert longest < 0.5


def test_nobody_is_asked_where_nobody_may_say(tmp_path: Path) -> None:
    assert found(surroundings(tmp_path)) == ()


def test_a_stick_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = tmp_path / "stick"
    monkeypatch.setattr(stick, "MOUNTED", mounted)
    around = surroundings(tmp_path)
    assert found(around, "usb") == ()
    mounted.mkdir()
    (mounted / "deskphone.toml").write_text("")
    assert found(around, "usb") == (Candidate(f"file://{mounted}/", "USB stick"),)
    (mounted / "deskphone").mkdir()
    assert urls(found(around, "usb", "dns"))[0] == f"file://{mounted}/deskphone/"


UNIT_OF_ITS_OWN = f"""{networkd.BEGIN}
networkd & networkd=$!
trap 'kill $networkd' EXIT
until ls /run/systemd/netif/leases/* >/dev/null 2>&1 &&
    grep -q ADMIN_STATE=configured /run/systemd/netif/links/*; do
    kill -0 $networkd; read -rt 0.02 <> <(:) || :
done
{networkd.UNPRIVILEGED} "$1" -c '
import asyncio
from appliance.provisioning.discover import discover
print(asyncio.run(discover(["dhcp"])))
'
"""


def test_a_unit_with_nothing_but_a_lease_of_networkd(network: Namespace) -> None:
    """The phone has no privilege there, and networkd has the port."""
    if lacking := networkd.why_not():
        pytest.skip(lacking)
    unit = f"{network.name}c"
    run("ip", "netns", "add", unit)
    try:
        run("ip", "link", "set", network.host_link, "netns", unit)
        with Dnsmasq(network, "--port=0", f"--dhcp-option-force=66,{URL}", link_local=False):
            said = run(
                *("ip", "netns", "exec", unit, "unshare", "--mount"),
                *("bash", "-c", UNIT_OF_ITS_OWN, "unit", sys.executable),
            )
    finally:
        run("ip", "netns", "del", unit)
    assert f"Candidate(url='{URL}', source='DHCP option 66 of {network.server_address}" in said
