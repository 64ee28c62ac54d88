"""Secure by default: old TLS is refused, certificates are shown, the better digest is chosen."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from appliance.phone.effects import AnswerCall, HoldCall, PlaceCall, SetAudio
from appliance.phone.events import CallAnswered, CallEnded, CallIncoming, CallMedia, PartyChanged
from appliance.sip.settings import AccountSettings, AudioSettings, NatSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.audio import tone, wait_for_tone, write_wav
from tests.peers.certificates import Authority
from tests.sip.handset import Handset, handset
from tests.sip.message import sdp
from tests.sip.server import server, stream_server, wants_password

PHONE_HZ = 440.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def context(authority: Authority) -> ssl.SSLContext:
    certificate = authority.issue("valid", "127.0.0.1")
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(certificate.chain, certificate.key)
    return found


def phone_at(host: str, authority: Authority, **changes: Any) -> SipSettings:
    settings: dict[str, Any] = {"transport": "tls", "ca_file": str(authority.ca_file), **changes}
    account = AccountSettings(0, "1001", (host,), password="secret", **settings)
    return SipSettings((account,), AudioSettings(codecs=("pcmu",)))


@pytest.mark.parametrize(
    ("version", "agreed"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
def test_tls_1_2_is_the_least(authority: Authority, version: ssl.TLSVersion, agreed: bool) -> None:
    async def story() -> None:
        tls = context(authority)
        tls.set_ciphers("ALL:@SECLEVEL=0")
        tls.minimum_version = ssl.TLSVersion.TLSv1
        tls.maximum_version = version
        await _agrees_with_one_that_is_not_choosy(tls)
        async with (
            stream_server(wants_password("secret"), tls) as pbx,
            handset(phone_at(pbx.host, authority)) as phone,
        ):
            outcome = await phone.registered()
            assert (outcome.state == "registered") is agreed
            assert len(pbx.registrations) == (2 if agreed else 0)

    asyncio.run(story())


async def _agrees_with_one_that_is_not_choosy(tls: ssl.SSLContext) -> None:
    """The server would speak that version, so that a refusal is the phone's."""
    lax = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    lax.set_ciphers("ALL:@SECLEVEL=0")
    lax.minimum_version = ssl.TLSVersion.TLSv1
    lax.check_hostname, lax.verify_mode = False, ssl.CERT_NONE
    async with stream_server(tls=tls) as far:
        _, writer = await asyncio.open_connection(*far.address, ssl=lax)
        assert writer.get_extra_info("ssl_object").version() is not None
        writer.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_that_asks_for_a_certificate_gets_ours(
    authority: Authority, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    theirs = Authority(tmp_path / "clients")
    ours = theirs.issue("valid")
    tls = context(authority)
    tls.maximum_version = version
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.load_verify_locations(theirs.ca_file)

    async def story(**files: str) -> tuple[str, int]:
        async with (
            stream_server(wants_password("secret"), tls) as pbx,
            handset(phone_at(pbx.host, authority, **files)) as phone,
        ):
            outcome = await phone.registered()
            return outcome.state, len(pbx.registrations)

    shown = {"certificate_file": str(ours.chain), "private_key_file": str(ours.key)}
    assert asyncio.run(story(**shown)) == ("registered", 2)
    assert asyncio.run(story()) == ("failed", 0)
    stranger = authority.issue("valid", "127.0.0.1")
    strange = {"certificate_file": str(stranger.chain), "private_key_file": str(stranger.key)}
    assert asyncio.run(story(**strange)) == ("failed", 0)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (("SHA-256", "MD5"), "SHA-256"),
        (("MD5", "SHA-256"), "MD5"),
        (("SHA-256",), "SHA-256"),
        (("MD5",), "MD5"),
    ],
)
def test_of_several_digests_the_servers_favourite_is_chosen(
    authority: Authority, offered: tuple[str, ...], chosen: str
) -> None:
    """RFC 8760 section 2.4: the topmost algorithm that the phone knows, and it alone.

    The order is the server's own. Who could change it on the way could as well leave SHA-256 out,
    so that a phone which overrules it is no safer.
    """

    async def story() -> None:
        async with (
            server(wants_password("secret", *offered)) as pbx,
            handset(phone_at(pbx.host, authority, transport="udp", ca_file="")) as phone,
        ):
            assert (await phone.registered()).state == "registered"
            answers = pbx.registrations[-1].all("Authorization")
            assert [re.findall(r"algorithm=\"?([\w-]+)", answer) for answer in answers] == [
                [chosen]
            ]

    asyncio.run(story())


def test_plain_audio_is_refused_over_tls(authority: Authority) -> None:
    """Both ways: a far end that answers without SRTP loses the call, one that offers none gets 488.

    The first test of the kind stands in `test_transports`; here is the offer of both kinds that
    an attacker would like: RTP/AVP with a=crypto is still plain RTP.
    """

    async def story() -> None:
        async with stream_server(wants_password("secret"), context(authority)) as pbx:
            settings = phone_at(pbx.host, authority, srtp="required")
            async with handset(settings) as phone:
                await phone.registered()
                phone.do(PlaceCall(1, 0, "600"))
                invite = await pbx.next("INVITE")
                assert "RTP/SAVP " in invite.body and "a=crypto:" in invite.body
                pbx.answer(invite, 200, "OK", body=sdp(4000))
                ended = await phone.next(CallEnded)
                assert ended.call == 1
                pbx.call().request("INVITE", body=sdp(4000))
                assert (await pbx.final()).code == 488
                assert not any(media.secure for media in phone.seen(CallMedia))

    asyncio.run(story())


@pytest.mark.peers
@pytest.mark.parametrize(
    ("user", "offered", "chosen"),
    [
        ("1008", ["SHA-256"], "SHA-256"),
        ("1009", ["SHA-256", "MD5"], "SHA-256"),
        ("1030", ["MD5", "SHA-256"], "MD5"),
        ("1001", ["MD5"], "MD5"),
    ],
)
def test_an_asterisk_gets_the_digest_that_it_likes_best(
    pbx: Asterisk, user: str, offered: list[str], chosen: str
) -> None:
    async def story() -> None:
        account = AccountSettings(0, user, (pbx.address,), password=pbx.accounts[user].password)
        async with handset(SipSettings((account,))) as phone:
            assert (await phone.registered()).state == "registered"

    pbx.command("pjsip set logger on")
    begun = len(pbx.log)
    try:
        asyncio.run(story())
    finally:
        pbx.command("pjsip set logger off")
    messages = [m for m in re.split(r"<--- ", pbx.log[begun:]) if f"sip:{user}@" in m]
    first = next(m for m in messages if "SIP/2.0 401" in m)
    algorithm = r"WWW-Authenticate: .*algorithm=\"?([\w-]+)"
    assert re.findall(algorithm, first) == offered
    answers = [
        re.findall(r"^Authorization: .*algorithm=\"?([\w-]+)", m, re.MULTILINE) for m in messages
    ]
    assert {tuple(answer) for answer in answers if answer} == {(chosen,)}


@asynccontextmanager
async def dtls_phone(pbx: Asterisk, folder: Path, transport: str) -> AsyncIterator[Handset]:
    """With ICE: without it an Asterisk begins DTLS anew at every hold, and PJSIP does not."""
    port = pbx.tls_port if transport == "tls" else pbx.port
    account = AccountSettings(
        0,
        "1020",
        (f"{pbx.address}:{port}",),
        password=pbx.accounts["1020"].password,
        transport="tls" if transport == "tls" else "udp",
        ca_file=str(pbx.ca_file),
        srtp="required",
        srtp_keying="dtls",
    )
    mic = write_wav(folder / "mic.wav", tone(PHONE_HZ, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic), earpiece_wav=str(folder / "ear.wav"))
    async with handset(SipSettings((account,), audio, NatSettings(ice=True))) as phone:
        assert (await phone.registered()).state == "registered"
        yield phone


async def hears_itself_encrypted(phone: Handset, call: int) -> None:
    await phone.hears(lambda r: r.share(PHONE_HZ) > 0.9)
    if not phone.seen(CallMedia)[-1].secure:
        await phone.next(CallMedia, lambda e: e.call == call and e.secure)


async def holds_and_resumes(phone: Handset, call: int, times: int = 2) -> None:
    """Every re-INVITE is another offer and answer; the keys stay as they were agreed on."""
    for _ in range(times):
        phone.do(HoldCall(call, True))
        await phone.next(CallMedia, lambda e: e.held)
        await phone.hears(lambda r: r.level() < -60)
        phone.do(HoldCall(call, False))
        await phone.next(CallMedia, lambda e: not e.held)
        await hears_itself_encrypted(phone, call)


@pytest.mark.peers
@pytest.mark.parametrize("transport", ["tls", "udp"])
def test_dtls_srtp_with_an_asterisk(pbx: Asterisk, tmp_path: Path, transport: str) -> None:
    async def story() -> None:
        async with dtls_phone(pbx, tmp_path, transport) as phone:
            phone.do(PlaceCall(1, 0, "600"), SetAudio(1, False))
            await phone.next(CallAnswered)
            await hears_itself_encrypted(phone, 1)
            await asyncio.to_thread(wait_for_tone, pbx.heard("1020"), PHONE_HZ, share=0.5)
            await holds_and_resumes(phone, 1)

    asyncio.run(story())


@pytest.mark.peers
def test_dtls_srtp_where_the_asterisk_calls(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with dtls_phone(pbx, tmp_path, "tls") as phone:
            ringing = asyncio.create_task(asyncio.to_thread(pbx.originate, "1020", "Echo"))
            incoming = await phone.next(CallIncoming)
            phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
            await phone.next(CallAnswered)
            await ringing
            await hears_itself_encrypted(phone, incoming.call)
            await holds_and_resumes(phone, incoming.call)

    asyncio.run(story())


@pytest.mark.peers
def test_dtls_srtp_outlives_an_update_of_the_asterisk(pbx: Asterisk, tmp_path: Path) -> None:
    async def story() -> None:
        async with dtls_phone(pbx, tmp_path, "tls") as phone:
            phone.do(PlaceCall(1, 0, "613"), SetAudio(1, False))
            await phone.next(CallAnswered)
            await phone.next(PartyChanged, lambda e: e.name == "Supervisor")
            await hears_itself_encrypted(phone, 1)
            await holds_and_resumes(phone, 1, times=1)

    pbx.command("pjsip set logger on")
    begun = len(pbx.log)
    try:
        asyncio.run(story())
    finally:
        pbx.command("pjsip set logger off")
    asked = re.findall(r"^UPDATE sip:(\S*)@", pbx.log[begun:], re.MULTILINE)
    assert "1020" in asked, "the Asterisk told the new name so"
