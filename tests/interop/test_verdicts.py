"""Every verdict, provoked on a whole phone: display, status, journal and doctor say the same.

All phones of the table run side by side, each at a server (or in a network) that does one thing
wrong; the tests look at what became of each.
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import trustme

from appliance.control.status import RegistrationStatus
from appliance.sip.words import NAMES, verdict
from tests.interop.phone import Phone, configuration, deskphone, play
from tests.peers.asterisk_files import Account
from tests.peers.certificates import Authority, Kind
from tests.peers.namespace import Namespace, why_not
from tests.peers.process import run
from tests.sip.message import Message
from tests.sip.server import Registrar, Server, refuses, server, stream_server, wants_password

AGENT = Account("1001", "nobody-reads-this")
OTHER = "<sip:1001@192.0.2.77:5062;unit=other>;expires=200"
PATIENCE_S = 60.0
"""A ban takes longest: three attempts, two pauses and a silence, all phones at once."""
BLIND = 4
NO_WAY = "192.0.2.0/24"
BOUND = 'mount --bind "$1" "$2" && shift 2 && exec "$@"'
DAY_S = 86_400

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the phone and the doctor beside it have said."""

    registration: RegistrationStatus
    journal: str
    doctor: dict[str, Any]


@dataclass(slots=True)
class Town:
    """Servers on a loop in a thread of its own, networks, and certificates."""

    folder: Path
    stack: ExitStack
    authority: Authority
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        thread.start()
        self.stack.callback(self.loop.close)
        self.stack.callback(thread.join)
        self.stack.callback(self.loop.call_soon_threadsafe, self.loop.stop)

    def there(self, made: AbstractAsyncContextManager[T]) -> T:
        """A server that is there until the end."""

        async def enter() -> T:
            return await made.__aenter__()

        async def leave() -> None:
            await made.__aexit__(None, None, None)

        found = asyncio.run_coroutine_threadsafe(enter(), self.loop).result()
        self.stack.callback(lambda: asyncio.run_coroutine_threadsafe(leave(), self.loop).result())
        return found

    def network(self) -> Namespace:
        """A network for a phone to live in, at the far end of a cable."""
        return self.stack.enter_context(Namespace())

    def file(self, name: str, text: str) -> Path:
        """A file with this text."""
        path = self.folder / name
        path.write_text(text)
        return path


@dataclass(frozen=True, slots=True)
class Case:
    """A configuration, where its phone lives, and what its state directory holds."""

    config: str
    inside: tuple[str, ...] = ()
    clock_floor: float = 0.0
    later: Callable[[], None] | None = None
    """What happens once the phone has failed for the first time."""


def at(host: str, transport: str = "udp", **more: str) -> str:
    lines = "\n".join(f'{key} = "{value}"' for key, value in more.items())
    return configuration(AGENT, host, transport=transport, more=lines)


def says(registrar: Registrar) -> Callable[[Town], Case]:
    return lambda town: Case(at(town.there(server(registrar)).host))


def shows(kind: Kind) -> Callable[[Town], Case]:
    return lambda town: Case(at(_tls(town, kind), "tls", ca_file=str(town.authority.ca_file)))


def _tls(town: Town, kind: Kind) -> str:
    certificate = town.authority.issue(kind, "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.chain, certificate.key)
    return town.there(stream_server(tls=context)).host


def no_link(town: Town) -> Case:
    network = town.network()
    run("ip", "link", "set", network.host_link, "down")
    return Case(at(network.host_address), tuple(network.command()))


def no_address(town: Town) -> Case:
    network = town.network()
    run("ip", "-n", network.name, "address", "flush", "dev", network.server_link)
    return Case(at(network.host_address), tuple(network.command()))


def no_dns(town: Town) -> Case:
    """The name server is this phone's own machine, and none runs there."""
    network = town.network()
    resolv = town.file("resolv.conf", "nameserver 127.0.0.1\n")
    bound = ("unshare", "--mount", "sh", "-c", BOUND, "sh", str(resolv), "/etc/resolv.conf")
    return Case(at("pbx.example.test"), (*network.command(), *bound))


def unreachable(town: Town) -> Case:
    network = town.network()
    run("ip", "-n", network.name, "route", "add", "unreachable", NO_WAY)
    return Case(at(NO_WAY.replace("0/24", "9")), tuple(network.command()))


def refused(town: Town) -> Case:
    async def close(pbx: Server) -> None:
        pbx.close()

    pbx = town.there(server())
    asyncio.run_coroutine_threadsafe(close(pbx), town.loop).result()
    return Case(at(pbx.host))


def banned(town: Town) -> Case:
    """Two attempts are refused, and then a firewall drops. One of many would ask in its turn."""
    strict = wants_password("another")

    def answer(pbx: Server, request: Message) -> None:
        if len(pbx.registrations) <= 4 and request["Contact"]:
            strict(pbx, request)

    return Case(at(town.there(server(answer)).host) + "[phone]\nstart_spread = 0\n")


def untrusted(town: Town) -> Case:
    other = Authority(town.folder / "other")
    return Case(at(_tls(town, "valid"), "tls", ca_file=str(other.ca_file)))


def clock_wrong(town: Town) -> Case:
    case = shows("not-yet-valid")(town)
    return Case(case.config, clock_floor=time.time() + 10 * DAY_S)


def wildcard(town: Town) -> Case:
    """Names need a dot before a wildcard can cover them, so the phone has hosts of its own."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("*.example.test").configure_cert(context)
    ca_file = town.folder / "wildcard.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    pbx = town.there(stream_server(tls=context))
    hosts = town.file("hosts", "127.0.0.1 localhost pbx.example.test\n")
    return Case(
        at(f"pbx.example.test:{pbx.address[1]}", "tls", ca_file=str(ca_file)),
        ("unshare", "--mount", "sh", "-c", BOUND, "sh", str(hosts), "/etc/hosts"),
    )


def nat_rewritten(town: Town) -> Case:
    """An ALG on the way writes another address into the Contact."""

    def answer(pbx: Server, request: Message) -> None:
        known = request["Contact"] or pbx.registrations[-1]["Contact"]
        moved = re.sub(r"@[^;>]+", "@203.0.113.9:40001", known)
        pbx.answer(request, 200, "OK", f"Contact: {moved};expires=300")

    return Case(at(town.there(server(answer)).host))


def moved_elsewhere(town: Town) -> Case:
    def answer(pbx: Server, request: Message) -> None:
        pbx.answer(request, 200, "OK", f"Contact: {OTHER}")

    return Case(at(town.there(server(answer)).host))


def bad_config(town: Town) -> Case:
    """The file that vouches for the server is taken away while the phone runs."""
    authority = Authority(town.folder / "taken-away")
    closed = refused(town).config
    config = closed.replace('"udp"', '"tls"') + f'ca_file = "{authority.ca_file}"\n'
    return Case(config, later=authority.ca_file.unlink)


TABLE: dict[str, Callable[[Town], Case]] = {
    "no-link": no_link,
    "no-address": no_address,
    "no-dns": no_dns,
    "unreachable": unreachable,
    "refused": refused,
    "silent": says(lambda pbx, request: None),
    "banned-likely": banned,
    "clock-wrong": clock_wrong,
    "tls-expired": shows("expired"),
    "tls-untrusted": untrusted,
    "tls-name-mismatch": shows("wrong-name"),
    "tls-not-yet-valid": shows("not-yet-valid"),
    "tls-wildcard": wildcard,
    "wrong-password": says(wants_password("another")),
    "unknown-extension": says(refuses(404, "Not Found")),
    "forbidden": says(refuses(403, "Forbidden")),
    "interval-too-brief": says(refuses(423, "Interval Too Brief", "Min-Expires: 0")),
    "server-error": says(refuses(503, "Service Unavailable")),
    "nat-rewritten": nat_rewritten,
    "moved-elsewhere": moved_elsewhere,
    "bad-config": bad_config,
}


def provoke(name: str, case: Case, folder: Path) -> Outcome:
    """Run the phone until it says `name`, and the doctor beside it."""
    if case.clock_floor:
        (folder / "state").mkdir(parents=True)
        (folder / "state" / "clock-floor").write_text(f"{int(case.clock_floor)}\n")
    with Phone(folder, case.config, inside=case.inside) as phone:
        if case.later is not None:
            phone.until(lambda s: s.accounts[0].registration.verdict, "a verdict", PATIENCE_S)
            case.later()
        status = phone.until(
            lambda s: s.accounts[0].registration.verdict == name, f"the verdict {name}", PATIENCE_S
        )
        registration = status.accounts[0].registration
        words = [registration.text[:17]]
        if registration.state == "failed":
            words += ["Not registered", name]
        phone.says(*words, timeout_s=PATIENCE_S)
        done = deskphone(
            *("doctor", "--config", phone.config, "--state", phone.state, "--json"),
            inside=case.inside,
            timeout_s=PATIENCE_S,
        )
        return Outcome(registration, phone.journal, json.loads(done.stdout))


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        yield Town(folder, stack, Authority(folder / "authority"))


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Outcome]]]:
    """What became of every phone of the table."""
    if why_not():
        pytest.skip(str(why_not()))
    folder = tmp_path_factory.mktemp("verdicts")
    with town(folder) as made, ThreadPoolExecutor(BLIND) as pool:
        slowest_first = sorted(TABLE, key=lambda name: name not in ("banned-likely", "silent"))
        yield {
            name: pool.submit(provoke, name, TABLE[name](made), folder / name)
            for name in slowest_first
        }


def test_the_table_has_every_verdict() -> None:
    assert set(TABLE) == set(NAMES) - {"ok"}


@pytest.mark.parametrize("name", TABLE)
def test_all_say_the_same(name: str, outcomes: dict[str, Future[Outcome]]) -> None:
    found = outcomes[name].result()
    said = found.registration
    assert said.text == verdict(NAMES[name], "").text
    assert said.next_step and said.evidence
    assert f"verdict={name} " in found.journal
    assert said.evidence in found.journal
    assert said.next_step in found.journal
    assert found.doctor["verdict"] == name, found.doctor
    for walk in found.doctor["walks"]:
        assert (walk["verdict"], walk["text"]) == (name, said.text), walk["findings"]
        assert walk["next_step"] and walk["evidence"]
    assert found.doctor["walks"] or "ca_file" in found.doctor["problems"][0]
    everything = json.dumps(found.doctor) + found.journal
    assert AGENT.password not in everything


@pytest.mark.parametrize("name", ["interval-too-brief", "wrong-password", "tls-expired"])
def test_a_scenario_can_expect_it(name: str, tmp_path: Path) -> None:
    with town(tmp_path / "town") as made:
        steps = f'expect registration failed {name} within 30s; expect screen "{name}"'
        play(tmp_path, TABLE[name](made).config, steps)
