"""The URI that a registrar assigns to the phone (GRUU, RFC 5627): worn in dialogs, where wanted."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.effects import PlaceCall
from appliance.phone.events import CallEnded
from appliance.sip.bindings import assigned
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.sip.handset import Handset, handset
from tests.sip.message import Message
from tests.sip.server import Registrar, Server, server

MARK = "0a1b2c3d"
GRUU = "sip:1001@pbx.test;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"
OURS = f"<sip:1001@127.0.0.1:5060;unit={MARK}>"


def assigns(uri: str) -> Registrar:
    """A registrar that has this URI for every contact, or none where it is empty."""

    def answer(pbx: Server, request: Message) -> None:
        gruu = f';pub-gruu="{uri}"' if uri else ""
        pbx.answer(request, 200, "OK", f"Contact: {request['Contact']};expires=300{gruu}")

    return answer


async def contact_of_a_call(phone: Handset, pbx: Server, number: int = 1) -> str:
    phone.do(PlaceCall(number, 0, "600"))
    invite = await pbx.next("INVITE")
    pbx.answer(invite, 486, "Busy Here")
    await phone.next(CallEnded, lambda e: e.call == number)
    return invite["Contact"]


@pytest.mark.parametrize(
    ("wanted", "offered", "worn"),
    [
        (True, GRUU, True),
        (False, GRUU, False),
        (True, "", False),
        (True, "mailto:somebody@example.com", False),
        (True, "sip:" + "a" * 600, False),
    ],
    ids=["worn", "not wanted", "none", "no SIP URI", "too long"],
)
def test_a_call_bears_what_was_assigned(wanted: bool, offered: str, worn: bool) -> None:
    async def story() -> None:
        async with server(assigns(offered)) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,), gruu=wanted)
            settings = SipSettings((account,), AudioSettings(codecs=("pcmu",)), mark=MARK)
            async with handset(settings) as phone:
                assert (await phone.registered()).state == "registered"
                register = pbx.registrations[0]
                assert ("gruu" in register["Supported"]) is wanted
                assert ("+sip.instance=" in register["Contact"]) is wanted
                contact = await contact_of_a_call(phone, pbx)
                assert (GRUU in contact) is worn
                assert (f";unit={MARK}" in contact) is not worn

    asyncio.run(story())


def test_an_address_that_is_taken_back_is_worn_no_more() -> None:
    async def story() -> None:
        async with server(assigns(GRUU)) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,), gruu=True)
            settings = SipSettings((account,), AudioSettings(codecs=("pcmu",)), mark=MARK)
            async with handset(settings) as phone:
                await phone.registered()
                assert GRUU in await contact_of_a_call(phone, pbx, 1)
                pbx.registrar = assigns("")
                await phone.registered()
                assert f";unit={MARK}" in await contact_of_a_call(phone, pbx, 3)
                assert all(GRUU not in sent["Contact"] for sent in pbx.registrations)

    asyncio.run(story())


def test_ours_is_found_among_the_bindings_of_others() -> None:
    theirs = '<sip:1001@192.0.2.7;unit=ffffffff>;pub-gruu="sip:other@pbx.test;gr"'
    answer = f'SIP/2.0 200 OK\r\nContact: {theirs}, {OURS};expires=60;pub-gruu="{GRUU}"\r\n\r\n'
    assert assigned(answer, MARK) == GRUU
    assert assigned(answer.replace(MARK, "eeeeeeee"), MARK) == ""
    assert assigned(f"SIP/2.0 200 OK\r\nm: {OURS}\r\n\r\n", MARK) == ""


@given(st.text(max_size=300))
def test_any_contact_is_read(text: str) -> None:
    found = assigned(f"SIP/2.0 200 OK\r\nContact: {OURS};{text}\r\n\r\n", MARK)
    assert found == "" or found in text
