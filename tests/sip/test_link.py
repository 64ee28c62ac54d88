"""No link, no address, no route: as a unit without them sees it, in a network namespace."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from appliance.sip import link
from appliance.system.links import Interface, Network, read_network
from tests.interop.phone import environment
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run

ROOT = Path(__file__).parents[2]
LOOPBACK = Interface("lo", loopback=True, addresses=("127.0.0.1", "::1"))
PROBE = """
import asyncio, sys
from appliance.sip.diagnosis import diagnose
from appliance.sip.settings import AccountSettings
from appliance.sip.verdict import Attempt
server, transport = sys.argv[1:]
account = AccountSettings(0, "1001", (server,), transport=transport)
found = asyncio.run(diagnose(account, Attempt(server, 408, transport=transport)))
print(found.name, found.evidence)
"""


@contextmanager
def alone(name: str, *commands: str) -> Iterator[list[str]]:
    """A network namespace with loopback only and what `commands` (of ip) make in it."""
    lacking = why_not()
    if lacking:
        pytest.skip(lacking)
    with Namespace() as network:
        run("ip", "-n", network.name, "link", "del", network.server_link)
        for command in commands:
            run("ip", "-n", network.name, *command.split())
        yield network.command(sys.executable, "-c", PROBE)


def verdict_of(argv: list[str], server: str, transport: str = "udp") -> str:
    done = subprocess.run(
        [*argv, server, transport], cwd=ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    return done.stdout.strip()


CABLE = ("link add eth7 type veth peer name switch7", "link set eth7 addrgenmode none up")
PLUGGED = (*CABLE, "link set switch7 addrgenmode none up")


@pytest.mark.parametrize("server", ["192.0.2.1", "pbx.example.com", "[2001:db8::1]"])
@pytest.mark.parametrize("commands", [(), CABLE], ids=["no interface", "no carrier"])
def test_no_link(server: str, commands: tuple[str, ...]) -> None:
    with alone("link", *commands) as argv:
        told = verdict_of(argv, server)
    assert told.startswith("no-link ")
    assert ("eth7: no carrier" in told) == bool(commands)


@pytest.mark.parametrize(
    ("commands", "name"), [((), "no-link"), (PLUGGED, "no-address")], ids=["no link", "no address"]
)
def test_a_whole_phone_says_so_on_its_display(
    tmp_path: Path, commands: tuple[str, ...], name: str
) -> None:
    config, script = tmp_path / "deskphone.toml", tmp_path / "link.phone"
    config.write_text('[[account]]\nuser = "1001"\npassword = "x"\nserver = "pbx.example.com"\n')
    script.write_text(f'expect registration failed {name} within 20s\nexpect screen "No network"\n')
    with alone("phone", *commands) as argv:
        words = (*argv[:-2], "-m", "appliance", "simulate", "--headless")
        files = ("--config", config, "--state", tmp_path / "state", "--script", script)
        done = subprocess.run(
            [*words, *map(str, files)],
            cwd=ROOT,
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pulled_cable_is_seen_although_the_route_is_still_there() -> None:
    with alone("cable", *CABLE, "addr add 192.0.2.2/24 dev eth7") as argv:
        assert verdict_of(argv, "192.0.2.1", "tcp").startswith("no-link eth7: no carrier")


@pytest.mark.parametrize("server", ["192.0.2.1", "pbx.example.com", "[2001:db8::1]"])
@pytest.mark.parametrize(
    "commands",
    [(), ("addr add 169.254.7.7/16 dev eth7",), ("addr add fe80::7/64 dev eth7 nodad",)],
    ids=["none", "IPv4 link-local", "IPv6 link-local"],
)
def test_no_address(server: str, commands: tuple[str, ...]) -> None:
    with alone("address", *PLUGGED, *commands) as argv:
        assert verdict_of(argv, server).startswith("no-address ")


@pytest.mark.parametrize(
    ("server", "address", "kind"),
    [
        ("[2001:db8:7::1]", "198.51.100.9/24", "IPv6"),
        ("192.0.2.1", "2001:db8::2/64", "IPv4"),
    ],
)
def test_an_address_of_the_other_kind_only(server: str, address: str, kind: str) -> None:
    with alone("kind", *PLUGGED, f"addr add {address} dev eth7") as argv:
        told = verdict_of(argv, server)
    assert told.startswith("no-address ")
    assert f"expected an {kind} address" in told


def test_no_route_is_unreachable() -> None:
    with alone("route", *PLUGGED, "addr add 198.51.100.9/24 dev eth7") as argv:
        assert verdict_of(argv, "192.0.2.1").startswith("unreachable ")
        assert verdict_of(argv, "192.0.2.1", "tls").startswith("unreachable ")


def test_a_route_into_a_black_hole_is_silent_or_unreachable_never_a_hang() -> None:
    with alone(
        "hole", *PLUGGED, "addr add 198.51.100.9/24 dev eth7", "route add default via 198.51.100.1"
    ) as argv:
        assert verdict_of(argv, "192.0.2.1").startswith("silent ")
        assert verdict_of(argv, "192.0.2.1", "tcp").startswith("silent ")


def test_a_server_on_this_machine_needs_no_link() -> None:
    assert link.judge(Network((LOOPBACK,)), "127.0.0.1", ipv6=False) is None


def test_this_machine_is_read() -> None:
    network = read_network()
    assert any(link.loopback and "127.0.0.1" in link.addresses for link in network.interfaces)
    assert all(not link.loopback for link in network.links)
    owner = network.owner("127.0.0.1")
    assert owner is not None
    assert owner.loopback


def test_wireless_and_switched_off_are_named_as_such() -> None:
    network = Network(
        (
            LOOPBACK,
            Interface("wlan0", running=False, wireless=True),
            Interface("eth0", up=False, running=False),
        )
    )
    found = link.judge(network)
    assert found is not None
    assert found.evidence == "wlan0: not connected to a network; eth0: switched off"


def test_default_routes_are_read_from_the_kernels_tables(tmp_path: Path) -> None:
    (tmp_path / "route").write_text(
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    )
    zero = "0" * 32
    (tmp_path / "ipv6_route").write_text(
        f"{zero} 00 {zero} 00 fe80000000000000000000000000000{'1'} 400 1 0 00000003 eth0\n"
        f"{zero} 00 {zero} 00 {zero} ffffffff 1 0 00200200 lo\n"
    )
    assert read_network(tmp_path).gateways == (("eth0", "192.0.2.1"), ("eth0", "fe80::1"))
