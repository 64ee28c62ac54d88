"""The server's requests to the phone: heard of, and missed when they cease."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.events import RegistrationChanged
from appliance.sip.attendance import HABIT, LEAST_SECONDS, Attendance
from tests.sip.handset import Handset, handset
from tests.sip.message import Message
from tests.sip.server import Server, says_yes, server
from tests.sip.test_verdicts import OTHER, phone_at


def options(pbx: Server, at: Server, number: int = 1) -> None:
    """Let `pbx` ask the phone that is registered `at` how it is."""
    place = f"{pbx.address[0]}:{pbx.address[1]}"
    pbx.send(
        f"OPTIONS {at.contact} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {place};rport;branch=z9hG4bKask{pbx.address[1]}{number}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:pbx@{place}>;tag=a\r\nTo: <{at.contact}>\r\n"
        f"Call-ID: ask-{place}\r\nCSeq: {number} OPTIONS\r\nContent-Length: 0\r\n\r\n",
        at.phone,
    )


async def last(phone: Handset) -> str:
    return (await phone.engine.last_requests())[0][0]


def test_the_servers_requests_are_known_and_nobody_elses() -> None:
    async def story() -> None:
        async with (
            server() as pbx,
            server(address=("127.0.0.2", 0)) as stranger,
            handset(phone_at(pbx.host)) as phone,
        ):
            await phone.registered()
            assert await last(phone) == ""
            options(stranger, pbx)
            options(pbx, pbx)
            await pbx.next(200, "OPTIONS")
            method, age = (await phone.engine.last_requests())[0]
            assert method == "OPTIONS"
            assert 0.0 <= age < 10.0
            pbx.call().request("MESSAGE", "Content-Type: text/plain", body="campaign")
            while await last(phone) != "MESSAGE":
                await phone.settled()

    asyncio.run(story())


def test_a_stranger_does_not_reach_the_phone_in_the_servers_name() -> None:
    async def story() -> None:
        async with (
            server() as pbx,
            server(address=("127.0.0.2", 0)) as stranger,
            handset(phone_at(pbx.host)) as phone,
        ):
            await phone.registered()
            options(stranger, pbx)
            options(stranger, pbx)
            await phone.registered()
            assert await last(phone) == ""

    asyncio.run(story())


@pytest.mark.parametrize("held", [(), (OTHER,)], ids=["nobody", "another unit"])
def test_a_server_that_stops_asking_is_asked_who_has_the_extension(held: tuple[str, ...]) -> None:
    def answer(pbx: Server, request: Message) -> None:
        if request["Contact"]:
            says_yes(pbx, request)
        elif held:
            pbx.answer(request, 200, "OK", *(f"Contact: {contact}" for contact in held))
        else:
            lines = ["SIP/2.0 200 OK", f"Via: {request['Via']}"]
            lines += [f"{name}: {request[name]}" for name in ("From", "To", "Call-ID", "CSeq")]
            pbx.send("\r\n".join((*lines, "", "")), request.source)

    async def story() -> None:
        async with server(answer) as pbx, handset(phone_at(pbx.host)) as phone:
            await phone.registered()
            for number in range(1, 2 + HABIT):
                options(pbx, pbx, number)
                await pbx.next(200, "OPTIONS")
            again = await phone.next(RegistrationChanged, lambda e: e.state == "registered", 30.0)
            assert again.verdict == ("moved-elsewhere" if held else "ok")
            assert len(pbx.queries) == 1
            assert len(pbx.registrations) == (1 if held else 2)

    asyncio.run(story())


def test_a_habit_is_three_even_gaps() -> None:
    known = Attendance()
    assert known.age(5.0) == 0.0
    assert [known.heard("OPTIONS", moment) for moment in (100.0, 130.0, 160.0)] == [0.0] * 3
    assert known.heard("INVITE", 170.0) == 0.0
    assert known.heard("OPTIONS", 191.0) == HABIT * 31.0
    assert known.age(200.0) == 9.0
    known.forget()
    assert known.heard("OPTIONS", 210.0) == 0.0


@given(st.lists(st.floats(0.01, 600.0), min_size=HABIT, max_size=10))
def test_silence_is_longer_than_every_recent_gap(gaps: list[float]) -> None:
    known, now = Attendance(), 1.0
    known.heard("OPTIONS", now)
    patience = 0.0
    for gap in gaps:
        now += gap
        patience = known.heard("OPTIONS", now)
    assert patience >= LEAST_SECONDS
    assert patience >= max(gaps[-HABIT:])
