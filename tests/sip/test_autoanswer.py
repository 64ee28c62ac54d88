"""What asks for a call to be answered by itself, and from whom it counts."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.effects import EndCall
from appliance.phone.events import CallIncoming
from appliance.sip.autoanswer import LONGEST_SECONDS, RING_ANSWER_SECONDS, answer_after
from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.process import wait_until
from tests.sip.handset import handset
from tests.sip.message import sdp
from tests.sip.server import server
from tests.sip.talking import phone_and_server


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Call-Info: <sip:127.0.0.1>;answer-after=0", 0.0),
        ("Call-Info: <sip:pbx>; Answer-After = 7", 7.0),
        ("Call-Info: <http://x/icon>;purpose=icon,\r\n <sip:pbx>;answer-after=3", 3.0),
        ("Call-Info: <http://x>;purpose=icon\r\nCall-Info: <sip:pbx>;answer-after=2", 2.0),
        ("Call-Info: <sip:pbx>;answer-after=9999", None),
        ("Call-Info: <sip:pbx>;answer-after=soon", None),
        ("Call-Info: <sip:pbx>;answer-after=1.5", None),
        ("Call-Info: <sip:pbx>;purpose=info", None),
        ("Answer-Mode: Auto", 0.0),
        ("Priv-Answer-Mode: auto;require", 0.0),
        ("Answer-Mode: Manual", None),
        ("Alert-Info: <http://pbx>;info=alert-autoanswer;delay=0", 0.0),
        ("Alert-Info: Auto Answer", 0.0),
        ("Alert-Info: info=AutoAnswer", 0.0),
        ("Alert-Info: Ring Answer", RING_ANSWER_SECONDS),
        ("Alert-Info: <urn:alert:tone:internal>", None),
        ("Subject: Auto Answer", None),
    ],
)
def test_the_habits_of_servers(header: str, seconds: float | None) -> None:
    message = f"INVITE sip:1001@x SIP/2.0\r\n{header}\r\nTo: <sip:1001@x>\r\n\r\nAlert-Info: no"
    assert answer_after(message) == seconds


def test_a_body_asks_for_nothing() -> None:
    assert answer_after("INVITE sip:x SIP/2.0\r\n\r\nAlert-Info: Auto Answer") is None


@given(st.text())
def test_no_message_makes_it_stumble(text: str) -> None:
    found = answer_after(f"INVITE sip:x SIP/2.0\r\nCall-Info: {text}\r\nAlert-Info: {text}")
    assert found is None or 0.0 <= found <= LONGEST_SECONDS


def test_the_server_asks(tmp_path: Path) -> None:
    async def story() -> CallIncoming:
        async with phone_and_server(tmp_path) as (phone, pbx):
            header = "Call-Info: <sip:pbx>;answer-after=4"
            pbx.call().request("INVITE", header, body=sdp(4000))
            return await phone.next(CallIncoming)

    incoming = asyncio.run(story())
    assert incoming.trusted
    assert incoming.answer_after == 4.0


def test_a_stranger_who_may_ring_asks_for_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def told() -> int:
        return caplog.text.count("wanted to be answered by themselves")

    async def story() -> None:
        async with (
            phone_and_server(tmp_path, accept_calls_from="anyone") as (phone, pbx),
            server(address=("127.0.0.9", 0)) as stranger,
        ):
            stranger.contact, stranger.phone = pbx.contact, pbx.phone
            header = "Call-Info: <sip:pbx>;answer-after=0"
            for count in (1, 2):
                stranger.call().request("INVITE", header, body=sdp(4000))
                incoming = await phone.next(CallIncoming)
                assert not incoming.trusted and incoming.answer_after is None
                counted = await phone.engine.turned_away()
                assert counted.unheeded == count
                assert counted.unheeded_from.startswith("127.0.0.9:")
                await asyncio.to_thread(wait_until, told, 5.0, "a line in the journal")
                phone.do(EndCall(incoming.call, 486))
                await stranger.final("INVITE")

    asyncio.run(story())
    assert told() == 1, "the journal hears of it once a minute"


def test_nor_does_the_server_of_another_account() -> None:
    """Each account believes its own server: the other's may belong to somebody else."""

    async def story() -> CallIncoming:
        async with server() as mine, server(address=("127.0.0.9", 0)) as other:
            accounts = tuple(
                AccountSettings(index, f"100{index}", (pbx.host,))
                for index, pbx in enumerate((mine, other))
            )
            async with handset(SipSettings(accounts)) as phone:
                await phone.registered(0)
                await phone.registered(1)
                other.contact = mine.contact
                header = "Call-Info: <sip:pbx>;answer-after=0"
                other.call().request("INVITE", header, body=sdp(4000))
                return await phone.next(CallIncoming)

    incoming = asyncio.run(story())
    assert incoming.trusted == (incoming.account == 1)
