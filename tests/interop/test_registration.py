"""Who the phone is, as an Asterisk sees it: welcome, refused, unheard, or not believed.

What takes long (silence, and the pauses between attempts with a wrong password) is begun by module
fixtures and looked at by the last tests, so that it costs no waiting.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from tests.interop.phone import VOICE_HZ, Phone, configuration
from tests.peers.asterisk import Account, Asterisk
from tests.peers.certificates import Authority, Kind
from tests.peers.namespace import Namespace
from tests.peers.process import PeerFailed, run, wait_until

pytestmark = pytest.mark.peers

TRIES = 3
FOURTH_TRY_S = 2.5 + 5.0 + 10.0 + 1.0
"""When a fourth attempt would have been seen: pauses of 2, 4 and 8 s, a quarter longer each."""
REFUSAL = r"^\[\d+:(\d+):([\d.]+)\] NOTICE.*REGISTER.*sip:1004@.*Failed to authenticate"
CLOSED_PORT = 4060
ESTABLISHED = "01"
NOBODY = Account("1001", "nobody-reads-this")


@pytest.fixture(scope="module", autouse=True)
def wrong_password(
    pbx: Asterisk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Phone, float]]:
    """A phone with a wrong password, and when it was started."""
    wrong = replace(pbx.accounts["1004"], password="not-the-password")
    with Phone(tmp_path_factory.mktemp("wrong"), configuration(wrong, pbx.address)) as phone:
        yield phone, time.monotonic()


@pytest.fixture(scope="module", autouse=True)
def unheard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Phone, Asterisk]]:
    """A phone whose server is behind a firewall that drops, and the server."""
    with Namespace() as nowhere, Asterisk(nowhere) as server:
        nowhere.swallow()
        config = configuration(server.accounts["1001"], server.address)
        with Phone(tmp_path_factory.mktemp("unheard"), config) as phone:
            yield phone, server


@pytest.fixture(scope="module", autouse=True)
def closed(network: Namespace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Phone]:
    """A phone whose server has no such UDP port; a SIP stack is not told, so this takes a while."""
    server = f"{network.server_address}:{CLOSED_PORT}"
    with Phone(tmp_path_factory.mktemp("closed"), configuration(NOBODY, server)) as phone:
        yield phone


@pytest.mark.parametrize(
    ("user", "transport"), [("1001", "udp"), ("1002", "tcp"), ("1005", "tls"), ("1003", "udp6")]
)
def test_the_phone_is_there_and_is_gone_when_it_ends(
    pbx: Asterisk, tmp_path: Path, user: str, transport: str
) -> None:
    if transport == "udp6" and not pbx.address6:
        pytest.skip("this kernel has no IPv6")
    host = f"[{pbx.address6}]" if transport == "udp6" else pbx.address
    port = pbx.tls_port if transport == "tls" else pbx.port
    config = configuration(
        pbx.accounts[user],
        f"{host}:{port}",
        transport=transport.removesuffix("6"),
        ca_file=pbx.ca_file if transport == "tls" else None,
    )
    with Phone(tmp_path, config) as phone:
        (account,) = phone.registered().accounts
        assert account.registration.code == 200
        assert account.registration.verdict == "ok"
        assert 60 < account.registration.expires_in <= 300
        assert host in account.registration.server_in_use
        assert "registered" in phone.icons()
        contact = pbx.wait_for_registration(user)
        assert contact.startswith(f"sip:{user}@")
        assert ("transport=tls" in contact.lower()) == (transport == "tls")
    assert pbx.contact(user) is None


@pytest.mark.parametrize(("user", "transport"), [("1002", "tcp"), ("1005", "tls")])
def test_nothing_listens_and_the_server_calls_over_the_phones_own_connection(
    pbx: Asterisk, tmp_path: Path, user: str, transport: str
) -> None:
    config = configuration(
        pbx.accounts[user],
        f"{pbx.address}:{pbx.tls_port if transport == 'tls' else pbx.port}",
        transport=transport,
        ca_file=pbx.ca_file if transport == "tls" else None,
    )
    with Phone(tmp_path, config) as phone:
        phone.registered()
        sockets = tcp_states(phone.process.pid)
        assert sockets == {ESTABLISHED}
        pbx.originate(user, "Echo")
        phone.call("incoming")
        phone.lift()
        phone.call("talking")
        phone.hears(VOICE_HZ)
        assert tcp_states(phone.process.pid) == sockets


def tcp_states(pid: int) -> set[str]:
    """The states of a process's TCP sockets, as the kernel numbers them (``0A``: listening)."""
    own = {
        str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]")
        for descriptor in Path(f"/proc/{pid}/fd").iterdir()
    }
    tables = [Path(f"/proc/{pid}/net/{name}") for name in ("tcp", "tcp6")]
    rows = [
        line.split()
        for table in tables
        if table.exists()
        for line in table.read_text("ascii").splitlines()[1:]
    ]
    return {row[3] for row in rows if row[9] in own}


def test_a_server_that_asks_for_options_is_answered_at_once(pbx: Asterisk, tmp_path: Path) -> None:
    with Phone(tmp_path, configuration(pbx.accounts["1007"], pbx.address)) as phone:
        phone.registered()
        status = pbx.manager.wait_for_event(
            "ContactStatus",
            lambda e: (e["EndpointName"], e["ContactStatus"]) == ("1007", "Reachable"),
        )
        assert 0 < int(status["RoundtripUsec"]) < 50_000


def test_an_unknown_extension_is_named_as_far_as_the_server_tells(
    pbx: Asterisk, tmp_path: Path
) -> None:
    nobody = replace(pbx.accounts["1001"], user="1999")
    with Phone(tmp_path, configuration(nobody, pbx.address)) as phone:
        status = phone.until(
            lambda s: s.accounts[0].registration.state == "failed", "the registration to fail"
        )
        registration = status.accounts[0].registration
        assert registration.verdict in ("wrong-password", "unknown-extension", "forbidden")
        assert registration.next_step
        phone.says("Not registered", registration.verdict)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_a_closed_port_refuses(network: Namespace, tmp_path: Path, transport: str) -> None:
    server = f"{network.server_address}:{CLOSED_PORT}"
    with Phone(tmp_path, configuration(NOBODY, server, transport=transport)) as phone:
        is_refused(phone)


def is_refused(phone: Phone) -> None:
    """The phone knows that nobody listens there, and shows no status that no server has sent."""
    status = phone.verdict("refused", timeout_s=15)
    phone.says("Not registered", "refused")
    registration = status.accounts[0].registration
    assert registration.code == 0
    assert str(CLOSED_PORT) in registration.evidence
    assert registration.next_step
    assert "unregistered" in phone.icons()


@pytest.mark.parametrize(
    ("kind", "verdict"),
    [
        ("expired", "tls-expired"),
        ("not-yet-valid", "tls-not-yet-valid"),
        ("wrong-name", "tls-name-mismatch"),
        ("valid", "tls-untrusted"),
    ],
)
def test_a_server_that_cannot_prove_itself_gets_no_password(
    tmp_path: Path, kind: Kind, verdict: str
) -> None:
    with Namespace() as network, Asterisk(network, certificate=kind) as server:
        ca_file = server.ca_file
        if kind == "valid":
            ca_file = Authority(tmp_path / "another").ca_file
        config = configuration(
            server.accounts["1005"],
            f"{server.address}:{server.tls_port}",
            transport="tls",
            ca_file=ca_file,
        )
        with Phone(tmp_path, config) as phone:
            status = phone.verdict(verdict)
            assert status.accounts[0].registration.next_step
            phone.says("Not registered", verdict)
            assert server.contact("1005") is None


def test_a_closed_udp_port_refuses(closed: Phone) -> None:
    is_refused(closed)


def test_a_silent_server_is_called_silent_and_found_again(unheard: tuple[Phone, Asterisk]) -> None:
    phone, server = unheard
    status = phone.verdict("silent", timeout_s=15)
    phone.says("Not registered", "silent")
    assert status.accounts[0].registration.code == 0
    assert status.accounts[0].registration.next_step
    server.namespace.disconnect()
    phone.verdict("no-link", timeout_s=30)
    phone.says("No network connection", "no-link")
    server.namespace.let_through()
    server.namespace.reconnect()
    phone.registered(timeout_s=30)
    assert server.contact("1001")


def test_a_server_to_which_no_way_leads_is_unreachable(pbx: Asterisk, tmp_path: Path) -> None:
    nowhere = ("unreachable", f"{pbx.address}/32")
    config = configuration(pbx.accounts["1001"], pbx.address)
    with ExitStack() as detour:
        run("ip", "route", "add", *nowhere)
        detour.callback(run, "ip", "route", "del", *nowhere)
        with Phone(tmp_path, config) as phone:
            status = phone.verdict("unreachable")
            phone.says("Not registered", "No way to the server")
            assert pbx.address in status.accounts[0].registration.evidence
            detour.close()
            phone.registered(timeout_s=30)


def test_a_wrong_password_is_offered_three_times_and_no_more(
    pbx: Asterisk, wrong_password: tuple[Phone, float]
) -> None:
    phone, began = wrong_password
    phone.verdict("wrong-password")
    phone.says("Not registered", "401 wrong-password")

    def refusals() -> list[float]:
        found = re.findall(REFUSAL, pbx.log, re.MULTILINE)
        return [60 * float(minute) + float(second) for minute, second in found]

    wait_until(lambda: len(refusals()) >= TRIES, 15, "three refusals in the server's log")
    pauses = [(b - a) % 3600 for a, b in pairwise(refusals())]
    assert pauses == sorted(pauses)
    rest = began + FOURTH_TRY_S - time.monotonic()
    with pytest.raises(PeerFailed, match="waited"):
        wait_until(lambda: len(refusals()) > TRIES, rest, "a fourth attempt")
