"""Several accounts on the wire, each at its own server, by its own transport, judged by itself."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest

from appliance.phone.effects import EndCall, PlaceCall, Register
from appliance.phone.events import CallEnded, CallIncoming, RegistrationChanged
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.certificates import Authority
from tests.sip.handset import Handset, handset
from tests.sip.message import sdp
from tests.sip.server import refuses, server, stream_server, wants_password


def phone_of(*accounts: AccountSettings) -> SipSettings:
    return SipSettings(accounts, AudioSettings(codecs=("pcmu",)))


async def standing(phone: Handset, count: int) -> dict[int, RegistrationChanged]:
    """Register all accounts at once; what became of each."""
    phone.do(*(Register(account) for account in range(count)))
    found: dict[int, RegistrationChanged] = {}
    while len(found) < count:
        news = await phone.next(RegistrationChanged, lambda e: e.state != "trying", 20.0)
        found[news.account] = news
    return found


def test_six_accounts_with_servers_transports_and_verdicts_of_their_own(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    certificate = authority.issue("valid", "127.0.0.1")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate.chain, certificate.key)

    async def story() -> None:
        async with (
            server(wants_password("one")) as udp,
            stream_server(wants_password("two")) as tcp,
            stream_server(wants_password("three"), tls) as secure,
            server(wants_password("other")) as strict,
            server(refuses(404, "Not Found")) as empty,
        ):
            settings = phone_of(
                AccountSettings(0, "1001", (udp.host,), password="one"),
                AccountSettings(1, "2001", (tcp.host,), password="two", transport="tcp"),
                AccountSettings(
                    2,
                    "3001",
                    (secure.host,),
                    password="three",
                    transport="tls",
                    ca_file=str(authority.ca_file),
                ),
                AccountSettings(3, "4001", (strict.host,), password="four"),
                AccountSettings(4, "5001", (empty.host,), password="five"),
                AccountSettings(5, "6001", ("127.0.0.1:9",), password="six", transport="tcp"),
            )
            async with handset(settings) as phone:
                found = await standing(phone, 6)
                assert {account: news.verdict for account, news in found.items()} == {
                    0: "ok",
                    1: "ok",
                    2: "ok",
                    3: "wrong-password",
                    4: "unknown-extension",
                    5: "refused",
                }
                assert found[2].server_in_use == f"{secure.host};transport=tls"
                for account, far in ((0, udp), (1, tcp), (2, secure)):
                    phone.do(PlaceCall(1 + 2 * account, account, "600"))
                    invite = await far.next("INVITE")
                    assert f"sip:{account + 1}001@" in invite["From"]
                    phone.do(EndCall(1 + 2 * account))
                    far.answer(invite, 486, "Busy Here")
                    await phone.next(CallEnded)

    asyncio.run(story())


@pytest.mark.parametrize("mangles", [False, True])
def test_the_same_extension_at_two_servers_is_two_lines(mangles: bool) -> None:
    """Told by the Contact's parameter, or by the server's address where that was dropped."""

    async def story() -> None:
        async with (
            server(wants_password("one")) as first,
            server(wants_password("two"), ("127.0.0.2", 0)) as second,
        ):
            settings = phone_of(
                AccountSettings(0, "1001", (first.host,), password="one"),
                AccountSettings(1, "1001", (second.host,), password="two"),
            )
            async with handset(settings) as phone:
                assert {e.state for e in (await standing(phone, 2)).values()} == {"registered"}
                for account, far in ((1, second), (0, first)):
                    dialog = far.call()
                    if mangles:
                        dialog.target = dialog.target.partition(";")[0]
                        assert "line=" not in dialog.target
                    dialog.request("INVITE", body=sdp(4000))
                    incoming = await phone.next(CallIncoming)
                    assert incoming.account == account
                    phone.do(EndCall(incoming.call, 486))
                    await far.next(486, "INVITE")

    asyncio.run(story())


def test_the_same_server_names_the_line_that_it_rings() -> None:
    """Both users have one address; only the parameter of the Contact tells their calls apart."""

    async def story() -> None:
        async with server(wants_password("one")) as far:
            accounts = (AccountSettings(n, f"100{n}", (far.host,), password="one") for n in (0, 1))
            async with handset(phone_of(*accounts)) as phone:
                await standing(phone, 2)
                contacts = {r.contact.partition("@")[0]: r.contact for r in far.registrations}
                for account in (1, 0):
                    dialog = far.call()
                    dialog.target = contacts[f"sip:100{account}"].replace("sip:100", "sip:x")
                    dialog.request("INVITE", body=sdp(4000))
                    incoming = await phone.next(CallIncoming)
                    assert incoming.account == account
                    phone.do(EndCall(incoming.call, 486))
                    await far.next(486, "INVITE")

    asyncio.run(story())


@pytest.mark.peers
def test_two_accounts_of_an_asterisk_are_rung_each_for_itself(pbx: Asterisk) -> None:
    async def story() -> None:
        accounts = tuple(
            AccountSettings(n, user, (pbx.address,), password=pbx.accounts[user].password)
            for n, user in enumerate(("1001", "1002"))
        )
        async with handset(phone_of(*accounts)) as phone:
            assert {e.verdict for e in (await standing(phone, 2)).values()} == {"ok"}
            for account, user in ((1, "1002"), (0, "1001")):
                ringing = asyncio.create_task(asyncio.to_thread(pbx.originate, user, "Echo"))
                incoming = await phone.next(CallIncoming)
                assert incoming.account == account
                phone.do(EndCall(incoming.call, 486))
                await phone.next(CallEnded)
                await ringing

    asyncio.run(story())
