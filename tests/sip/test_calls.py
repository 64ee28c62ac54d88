from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from appliance.phone.effects import (
    AnswerCall,
    EndCall,
    ForwardCall,
    PlaceCall,
    SetAudio,
)
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    CallTurnedAway,
)
from appliance.phone.policy import SetPolicy
from appliance.phone.session import Sessions
from appliance.sip.settings import AccountSettings, SipSettings
from tests.peers.rtp import RtpPort
from tests.sip.handset import handset
from tests.sip.message import sdp
from tests.sip.talking import FAR_HZ, PHONE_HZ, answered, phone_and_server, ringing
from tests.sip.test_hostile import METHODS


def test_a_call_out_is_heard_both_ways(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                phone.do(PlaceCall(1, 0, "6#0*"))
                invite = await pbx.next("INVITE")
                assert invite.start == f"INVITE sip:6%230*@{pbx.host} SIP/2.0"
                assert "m=text" not in invite.body
                assert "m=video" not in invite.body
                pbx.answer(invite, 180, "Ringing")
                assert await phone.next(CallProgress) == CallProgress(1, 180)
                far.speak_to(*invite.media)
                pbx.answer(invite, 200, "OK", body=sdp(far.port))
                await phone.next(CallAnswered)
                phone.do(SetAudio(1, False))
                assert CallMedia(1, "pcmu") in phone.events
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)
                far.wait_for_packets(40)
                assert far.heard().last(0.4).share(PHONE_HZ) > 0.95
                quality = await phone.engine.quality(1)
                assert quality is not None
                assert quality.rx > 20
                assert quality.tx > 20
                assert quality.mos > 4.0
                phone.do(EndCall(1))
                await pbx.next("BYE")
                assert (await phone.next(CallEnded)).call == 1
                assert await phone.engine.quality(1) is None

    asyncio.run(story())


def test_a_sound_device_that_opens_slowly_holds_no_invite_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            invited, opened = threading.Event(), asyncio.Event()
            found: list[bool] = []
            loop = asyncio.get_running_loop()

            def open_slowly() -> None:
                found.append(invited.wait(2.0))
                loop.call_soon_threadsafe(opened.set)

            monkeypatch.setattr(phone.engine._tenant().sound, "_open_device", open_slowly)
            phone.do(PlaceCall(1, 0, "600"))
            await pbx.next("INVITE")
            invited.set()
            await asyncio.wait_for(opened.wait(), 5.0)
            assert found[0]

    asyncio.run(story())


def test_a_call_in_is_heard_both_ways_and_muted(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                dialog, incoming = await ringing(phone, pbx, far.port)
                assert (incoming.number, incoming.name) == ("2001", "Ann Other")
                assert incoming.call % 2 == 0
                assert incoming.account == 0
                phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
                ok = await pbx.next(200, "INVITE")
                assert "m=text" not in ok.body
                dialog.adopt(ok)
                dialog.request("ACK")
                await phone.next(CallAnswered)
                far.speak_to(*ok.media)
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)
                far.wait_for_packets(40)
                assert far.heard().last(0.4).share(PHONE_HZ) > 0.95
                phone.do(SetAudio(incoming.call, True))
                far.wait_for_packets(60)
                assert far.heard().last(0.4).level() < -60
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)
                dialog.request("BYE")
                ended = await phone.next(CallEnded)
                assert (ended.call, ended.code) == (incoming.call, 0)

    asyncio.run(story())


def test_early_media_is_heard_before_the_answer(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                phone.do(PlaceCall(1, 0, "600"))
                invite = await pbx.next("INVITE")
                pbx.answer(invite, 183, "Session Progress", body=sdp(far.port))
                progress = await phone.next(CallProgress, lambda e: e.early_media)
                assert progress == CallProgress(1, 183, early_media=True)
                phone.do(SetAudio(1, False))
                far.speak_to(*invite.media)
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)
                pbx.answer(invite, 486, "Busy Here")
                assert await phone.next(CallEnded) == CallEnded(1, 486, "Busy Here")

    asyncio.run(story())


@pytest.mark.parametrize(
    ("code", "reason"), [(404, "Not Found"), (480, "Away"), (503, "No"), (603, "Decline")]
)
def test_a_call_that_is_refused_ends_with_the_servers_words(
    tmp_path: Path, code: int, reason: str
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            pbx.answer(await pbx.next("INVITE"), code, reason)
            assert await phone.next(CallEnded) == CallEnded(1, code, reason)

    asyncio.run(story())


def test_a_call_given_up_is_cancelled(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            pbx.answer(invite, 180, "Ringing")
            await phone.next(CallProgress, lambda e: e.code > 100)
            phone.do(EndCall(1))
            await pbx.next("CANCEL")
            pbx.answer(invite, 487, "Request Terminated")
            await pbx.next("ACK")

    asyncio.run(story())


def test_a_call_given_up_before_any_answer_is_cancelled_when_one_comes(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(PlaceCall(1, 0, "600"))
            invite = await pbx.next("INVITE")
            phone.do(EndCall(1))
            await phone.next(CallEnded)
            pbx.answer(invite, 180, "Ringing")
            await pbx.next("CANCEL")

    asyncio.run(story())


def test_a_caller_who_gives_up_is_told_of(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, incoming = await ringing(phone, pbx, 4000)
            dialog.request("CANCEL", fresh=False)
            ended = await phone.next(CallEnded)
            assert (ended.call, ended.code) == (incoming.call, 487)
            await pbx.next(487, "INVITE")

    asyncio.run(story())


@pytest.mark.parametrize("method", ["CANCEL", "BYE"])
def test_a_call_answered_elsewhere_is_told_as_such(tmp_path: Path, method: str) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, incoming = await ringing(phone, pbx, 4000)
            why = 'Reason: Q.850;cause=26, SIP;cause=200;text="Call completed elsewhere"'
            dialog.request(method, why, fresh=method == "BYE")
            ended = await phone.next(CallEnded)
            assert ended == CallEnded(incoming.call, 200, "Answered elsewhere")

    asyncio.run(story())


def test_a_call_that_was_answered_here_ends_as_any_other(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.request("BYE", "Reason: SIP;cause=200")
            assert (await phone.next(CallEnded)).code == 0

    asyncio.run(story())


def test_a_call_given_up_before_the_phone_looked_is_missed_all_the_same(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            sent = threading.Event()

            def look_away(_: object) -> None:
                assert sent.wait(5.0)

            phone.engine._do(look_away)
            dialog = pbx.call()
            dialog.request("INVITE", body=sdp(4000))
            dialog.request("CANCEL", fresh=False)
            sent.set()
            incoming = await phone.next(CallIncoming)
            ended = await phone.next(CallEnded)
            assert (ended.call, ended.code) == (incoming.call, 487)
            await pbx.next(487, "INVITE")

    asyncio.run(story())


def test_a_call_in_is_rejected_with_the_code_given(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            _, incoming = await ringing(phone, pbx, 4000)
            phone.do(EndCall(incoming.call, 603))
            await pbx.next(603, "INVITE")

    asyncio.run(story())


def test_a_late_offer_is_answered_in_the_ack(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            with RtpPort(FAR_HZ) as far:
                dialog = pbx.call()
                dialog.request("INVITE")
                incoming = await phone.next(CallIncoming)
                phone.do(AnswerCall(incoming.call), SetAudio(incoming.call, False))
                ok = await pbx.next(200, "INVITE")
                dialog.adopt(ok)
                dialog.request("ACK", body=sdp(far.port))
                await phone.next(CallAnswered)
                far.speak_to(*ok.media)
                await phone.hears(lambda r: r.share(FAR_HZ) > 0.95)

    asyncio.run(story())


def test_two_calls_and_no_third(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(SetPolicy(2, dnd=False))
            await phone.settled()
            _, first = await ringing(phone, pbx, 4000)
            _, second = await ringing(phone, pbx, 4000)
            assert second.call == first.call + 2
            third = pbx.call()
            third.request("INVITE", body=sdp(4000))
            await pbx.next(486, "INVITE")
            assert (await phone.next(CallTurnedAway)).why == "full"
            assert len(phone.seen(CallIncoming)) == 2
            phone.do(EndCall(first.call), SetPolicy(1, dnd=False))
            await phone.settled()
            await ringing(phone, pbx, 4000)

    asyncio.run(story())


def test_do_not_disturb_is_busy(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(SetPolicy(2, dnd=True))
            await phone.settled()
            dialog = pbx.call()
            dialog.request("INVITE", body=sdp(4000))
            await pbx.next(486, "INVITE")
            away = await phone.next(CallTurnedAway)
            assert (away.why, away.call.number, away.call.trusted) == ("dnd", "2001", True)
            assert not phone.seen(CallIncoming)

    asyncio.run(story())


def test_a_session_rings_although_no_other_call_does(tmp_path: Path) -> None:
    """A header marks it; without a line for it there is none."""

    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            sessions = Sessions(header="x-session: Yes")
            phone.do(SetPolicy(1, dnd=True, forward_always="123", sessions=sessions))
            await phone.settled()
            pbx.call().request("INVITE", "X-Session: no", body=sdp(4000))
            assert (await pbx.final()).code == 302
            pbx.call().request("INVITE", "X-Session:  yes ", body=sdp(4000))
            await pbx.next(180, "INVITE")
            assert (await phone.next(CallIncoming)).marked
            pbx.call().request("INVITE", "X-Session: yes", body=sdp(4000))
            assert (await pbx.final()).code == 486
            await phone.next(CallTurnedAway, lambda event: event.why == "full")
            assert [event.why for event in phone.seen(CallTurnedAway)] == ["forwarded", "full"]

    asyncio.run(story())


def test_a_call_without_a_server_ends_at_once() -> None:
    async def story() -> None:
        async with handset(SipSettings((AccountSettings(0, "1001", ("127.0.0.1:9",)),))) as phone:
            phone.do(PlaceCall(1, 0, "600"))
            ended = await phone.next(CallEnded)
            assert (ended.call, ended.code) == (1, 503)

    asyncio.run(story())


def test_options_is_answered_at_once(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (_, pbx):
            dialog = pbx.call()
            sent = dialog.request("OPTIONS", f"Allow: {', '.join(METHODS)}")
            ok = await pbx.next(200, "OPTIONS")
            assert ok.at - sent < 1.0
            assert "INVITE" in ok["Allow"]

    asyncio.run(story())


def test_calls_are_forwarded_at_once_by_policy_or_later_by_command(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            phone.do(SetPolicy(2, dnd=False, forward_always="123#"))
            await phone.settled()
            pbx.call().request("INVITE", body=sdp(4000))
            moved = await pbx.final()
            assert moved.code == 302
            assert moved.all("Contact") == [f"<sip:123%23@{pbx.host}>"]
            assert (await phone.next(CallTurnedAway)).why == "forwarded"
            assert not phone.seen(CallIncoming)
            phone.do(SetPolicy(0, dnd=False, forward_busy="124"))
            await phone.settled()
            pbx.call().request("INVITE", body=sdp(4000))
            moved = await pbx.final()
            assert (moved.code, moved.all("Contact")) == (302, [f"<sip:124@{pbx.host}>"])
            phone.do(SetPolicy(2, dnd=False))
            await phone.settled()
            _, event = await ringing(phone, pbx, 4000)
            phone.do(ForwardCall(event.call, "125"))
            moved = await pbx.final()
            assert (moved.code, moved.all("Contact")) == (302, [f"<sip:125@{pbx.host}>"])

    asyncio.run(story())
