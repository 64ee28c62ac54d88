"""What the phone calls itself in what it asks and answers: a name of IT's choice, or nothing."""

from __future__ import annotations

import asyncio

import pytest

from appliance.phone.effects import EndCall, PlaceCall
from appliance.phone.events import CallEnded, CallIncoming
from appliance.sip.settings import AccountSettings, SipSettings
from tests.sip.handset import handset
from tests.sip.message import Message, sdp
from tests.sip.server import Server, refuses, says_yes, server


@pytest.mark.parametrize("name", ["Deskphone/1.0", "Kiosk (at the window)", ""])
def test_requests_bear_the_name_and_no_message_another(name: str) -> None:
    seen: list[Message] = []

    def registrar(pbx: Server, request: Message) -> None:
        seen.append(request)
        says_yes(pbx, request)

    async def story() -> None:
        async with server(registrar) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,))
            async with handset(SipSettings((account,), user_agent=name)) as phone:
                assert (await phone.registered()).state == "registered"
                pbx.call().request("OPTIONS", f"Subject: {'long ' * 100}")
                seen.append(await pbx.next(200, "OPTIONS"))
                pbx.call().request("INVITE", body=sdp(4000))
                incoming = await phone.next(CallIncoming)
                seen.append(await pbx.next(180, "INVITE"))
                phone.do(EndCall(incoming.call, 486))
                seen.append(await pbx.next(486, "INVITE"))
                phone.do(PlaceCall(2, 0, "600"))
                seen.append(await pbx.next("INVITE"))
                pbx.answer(seen[-1], 486, "Busy Here")
                await phone.next(CallEnded, lambda e: e.call == 2)

    asyncio.run(story())
    assert seen[0].method == "REGISTER"
    for message in seen:
        named = [*message.all("User-Agent"), *message.all("Server")]
        assert set(named) <= {name} - {""}
        assert bool(named) or bool(message.code) or not name
        assert "pjsua" not in message.text.lower()


@pytest.mark.parametrize("name", ["Kiosk", ""])
def test_a_question_beside_the_registration_bears_no_other_name(name: str) -> None:
    async def story() -> None:
        async with server(refuses(403, "Forbidden")) as pbx:
            account = AccountSettings(0, "1001", (pbx.host,))
            async with handset(SipSettings((account,), user_agent=name)) as phone:
                assert (await phone.registered()).verdict == "forbidden"
            assert pbx.queries
            for question in pbx.queries:
                assert set(question.all("User-Agent")) <= {name} - {""}

    asyncio.run(story())
