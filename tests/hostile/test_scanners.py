"""The scanners that walk the internet for phones (sipvicious): they find a server, but no phone.

Whatever they ask with, over IPv4 and IPv6, also of a phone that has no server yet. That they find
what there is to be found, the server beside it shows each time.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from appliance.phone.effects import Register
from appliance.phone.events import CallIncoming, RegistrationChanged
from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.namespace import Namespace
from tests.sip.handset import Handset, handset
from tests.sip.message import Message
from tests.sip.server import Registrar, Server, says_yes, server

SERVER = "127.0.0.5"
SCANNER = "127.0.0.1"
"""Where the tools send from, whatever they are told."""
SCANNER_PORT = "45060"
"""Not 5060, where what an attacked phone of a test beside this one sends would be found."""
PATIENCE_S = 60.0
METHODS = ("OPTIONS", "REGISTER", "INVITE")


def scan(tool: str, *words: str, folder: Path, inside: Sequence[str] = ()) -> str:
    """What a tool of the suite says, its complaints included."""
    done = subprocess.run(
        [*inside, sys.executable, "-m", f"sipvicious.{tool}", "-v", "-P", SCANNER_PORT, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        stdin=subprocess.DEVNULL,
        env={"HOME": str(folder), "LC_ALL": "C"},
        cwd=folder,
    )
    return done.stdout + done.stderr


@asynccontextmanager
async def phone_and_server(
    address: str = SERVER, registrar: Registrar = says_yes
) -> AsyncIterator[tuple[Handset, Server]]:
    """A phone that has turned to a server, which says no to calls."""
    turned_to = asyncio.Event()

    def answer(pbx: Server, request: Message) -> None:
        turned_to.set()
        registrar(pbx, request)

    async with server(answer, (address, 0)) as pbx:
        refusals = asyncio.create_task(_refuse_calls(pbx))
        account = AccountSettings(0, "1001", (pbx.host,))
        async with handset(SipSettings((account,))) as phone:
            phone.do(Register(0))
            await asyncio.wait_for(turned_to.wait(), PATIENCE_S)
            yield phone, pbx
        refusals.cancel()


async def _refuse_calls(pbx: Server) -> None:
    while True:
        try:
            pbx.answer(await pbx.next("INVITE"), 486, "Busy Here")
        except TimeoutError:
            continue


def silent(_: Server, __: Message) -> None:
    """A registrar that answers the phone's first word with nothing."""


async def found(
    phone: Handset, pbx: Server, *words: str, folder: Path, inside: Sequence[str] = ()
) -> tuple[str, str]:
    """What svmap says of the server and of the phone."""
    before = await phone.engine.turned_away()
    said = [
        await asyncio.to_thread(
            scan, "svmap", *words, host, "-p", str(port), folder=folder, inside=inside
        )
        for host, port in (pbx.address, pbx.phone)
    ]
    assert (await phone.engine.turned_away()).strangers > before.strangers
    assert not phone.seen(CallIncoming)
    return said[0], said[1]


@pytest.mark.parametrize(
    ("method", "registrar"),
    [*((method, says_yes) for method in METHODS), ("OPTIONS", silent)],
    ids=[*METHODS, "while it starts"],
)
def test_svmap_finds_a_server_but_no_phone(
    tmp_path: Path, method: str, registrar: Registrar
) -> None:
    async def story() -> tuple[str, str]:
        async with phone_and_server(registrar=registrar) as (phone, pbx):
            found_it = await found(phone, pbx, "-m", method, folder=tmp_path)
            pbx.registrar = says_yes
            last = (await phone.engine.turned_away()).last_from
            assert last.startswith(f"{SCANNER}:")
            return found_it

    the_server, the_phone = asyncio.run(story())
    assert f"{SERVER}:" in the_server
    assert "found nothing" in the_phone


def test_nor_once_the_network_is_another_one(tmp_path: Path) -> None:
    """As long as the server is where the tool sends from it finds the phone; then no more."""

    async def story() -> tuple[str, str]:
        async with server(address=(SCANNER, 0)) as left, server(address=(SERVER, 0)) as pbx:
            account = AccountSettings(0, "1001", (left.host, pbx.host))
            async with handset(SipSettings((account,))) as phone:
                assert (await phone.registered()).state == "registered"
                words = ("-p", str(left.phone[1]), left.phone[0])
                before = await asyncio.to_thread(scan, "svmap", *words, folder=tmp_path)
                phone.do(Register(0, server=1, fresh=True))
                await phone.next(RegistrationChanged, lambda e: e.state == "registered")
                words = ("-p", str(pbx.phone[1]), pbx.phone[0])
                return before, await asyncio.to_thread(scan, "svmap", *words, folder=tmp_path)

    before, after = asyncio.run(story())
    assert f"{SCANNER}:" in before
    assert "found nothing" in after


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE"])
def test_nor_over_ipv6(tmp_path: Path, network: Namespace, method: str) -> None:
    if not network.host_address6:
        pytest.skip("needs a machine with IPv6")
    inside = network.command()

    async def story() -> tuple[str, str]:
        async with phone_and_server(network.host_address6) as (phone, pbx):
            return await found(phone, pbx, "-6", "-m", method, folder=tmp_path, inside=inside)

    the_server, the_phone = asyncio.run(story())
    assert network.host_address6 in the_server
    assert "found nothing" in the_phone


GUESSES = (
    *(("svwar", "-e", "1000-1003", "-m", method) for method in METHODS),
    ("svcrack", "-u", "1001", "-r", "1-50"),
)


async def guessed(
    phone: Handset, pbx: Server, words: Sequence[str], folder: Path, inside: Sequence[str] = ()
) -> str:
    """What a guesser says that was set on the phone."""
    before = await phone.engine.turned_away()
    host, port = pbx.phone
    there = (*words, "-p", str(port), host)
    said = await asyncio.to_thread(scan, *there, folder=folder, inside=inside)
    assert (await phone.engine.turned_away()).strangers > before.strangers
    assert not phone.seen(CallIncoming)
    return said


@pytest.mark.parametrize("words", GUESSES, ids=" ".join)
def test_no_extension_and_no_password_is_found(tmp_path: Path, words: tuple[str, ...]) -> None:
    async def story() -> str:
        async with phone_and_server() as (phone, pbx):
            return await guessed(phone, pbx, words, tmp_path)

    assert "found nothing" in asyncio.run(story())


@pytest.mark.parametrize("words", GUESSES, ids=" ".join)
def test_nor_over_ipv6_either(tmp_path: Path, network: Namespace, words: tuple[str, ...]) -> None:
    if not network.host_address6:
        pytest.skip("needs a machine with IPv6")

    async def story() -> str:
        async with phone_and_server(network.host_address6) as (phone, pbx):
            six = (*words, "-6")
            return await guessed(phone, pbx, six, tmp_path, inside=network.command())

    assert "found nothing" in asyncio.run(story())
