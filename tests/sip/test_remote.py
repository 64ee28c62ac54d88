"""What a server asks of a call: NOTIFY `talk` and `hold`, OPTIONS, INFO; and MESSAGE."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    RemoteControl,
    ResyncRequested,
    TextReceived,
)
from appliance.sip.settings import AccountSettings, AudioSettings, SipSettings
from tests.peers.asterisk import Asterisk
from tests.peers.audio import tone, write_wav
from tests.peers.process import wait_until
from tests.sip.attended import Attended, attended
from tests.sip.handset import Handset
from tests.sip.server import Dialog, Server, server
from tests.sip.talking import answered, phone_and_server, ringing

STATE = "Subscription-State: active"
TEXT = "Content-Type: text/plain"


async def asks(phone: Handset, pbx: Server, dialog: Dialog, event: str) -> tuple[int, str]:
    """What the server asks by NOTIFY, and the phone's answer."""
    dialog.request("NOTIFY", f"Event: {event}", STATE)
    code = (await pbx.final("NOTIFY")).code
    return code, (await phone.next(RemoteControl)).action


def test_the_server_asks_within_a_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            assert await asks(phone, pbx, dialog, "hold") == (200, "hold")
            assert await asks(phone, pbx, dialog, "TALK;id=1") == (200, "talk")
            dialog.request("NOTIFY", "o: talk", STATE)
            assert (await pbx.final("NOTIFY")).code == 200
            dialog.request("BYE")
            await phone.next(CallEnded)

    asyncio.run(story())


def test_the_server_asks_while_it_rings(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, incoming = await ringing(phone, pbx, 4000)
            dialog.request("NOTIFY", "Event: talk", STATE)
            assert await phone.next(RemoteControl) == RemoteControl(incoming.call, "talk")

    asyncio.run(story())


@pytest.mark.parametrize("event", ["message-summary", "dialog", "talkative", "refer"])
def test_other_events_are_none_of_these(tmp_path: Path, event: str) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.request("NOTIFY", f"Event: {event}", STATE)
            await pbx.final("NOTIFY")
            await phone.settled()
            assert not phone.seen(RemoteControl)

    asyncio.run(story())


def test_a_call_that_is_asked_after_says_that_it_is_there(tmp_path: Path) -> None:
    """By OPTIONS as outside a call (RFC 3261 section 11.2), or by an empty INFO (RFC 2976)."""

    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.request("OPTIONS", f"Subject: {'so that there is room ' * 40}")
            found = await pbx.final("OPTIONS")
            assert (found.code, found["To"]) == (200, dialog.remote)
            assert {"INVITE", "BYE"} <= set(found["Allow"].split(", "))
            assert found["Accept"]
            assert found["Supported"]
            dialog.request("INFO")
            assert (await pbx.final("INFO")).code == 200
            dialog.request("INFO", "Info-Package: weather")
            refused = await pbx.final("INFO")
            assert refused.code == 469
            assert refused.all("Recv-Info") == [""]
            dialog.request("BYE")
            await phone.next(CallEnded)

    asyncio.run(story())


def test_a_call_that_rings_is_asked_after(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await ringing(phone, pbx, 4000)
            dialog.request("OPTIONS")
            assert (await pbx.final("OPTIONS")).code == 200
            assert not phone.seen(CallEnded)

    asyncio.run(story())


@pytest.mark.parametrize("method", ["OPTIONS", "INFO"])
def test_a_call_that_is_none_is_not_there(tmp_path: Path, method: str) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.remote += "x"
            dialog.request(method)
            assert (await pbx.final(method)).code == 481

    asyncio.run(story())


def test_out_of_nowhere_it_is_for_no_call(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            pbx.call().request("NOTIFY", "Event: talk", STATE)
            assert (await pbx.final("NOTIFY")).code == 481
            await phone.settled()
            assert not phone.seen(RemoteControl)

    asyncio.run(story())


@pytest.mark.parametrize("strangers_may_call", ["registrar", "anyone"])
def test_strangers_do_nothing_and_are_counted(tmp_path: Path, strangers_may_call: str) -> None:
    async def story() -> None:
        async with (
            phone_and_server(tmp_path, accept_calls_from=strangers_may_call) as (phone, pbx),  # type: ignore[arg-type]
            server(address=("127.0.0.9", 0)) as stranger,
        ):
            ours, _ = await answered(phone, pbx, 4000)
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            theirs = Dialog(stranger)
            theirs.local, theirs.remote, theirs.call_id = ours.local, ours.remote, ours.call_id
            theirs.target, theirs.cseq = ours.target, 10
            before = await phone.engine.turned_away()
            theirs.request("NOTIFY", "Event: hold", STATE)
            theirs.request("MESSAGE", TEXT, body="Call this number")
            stranger.call().request("MESSAGE", TEXT, body="Call this number")
            assert await asks(phone, pbx, ours, "talk") == (200, "talk")
            after = await phone.engine.turned_away()
            assert after.strangers - before.strangers == 3
            assert not phone.seen(TextReceived)
            assert [told.action for told in phone.seen(RemoteControl)] == ["talk"]

    asyncio.run(story())


def test_words_of_the_server_are_handed_on(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            pbx.call().request("MESSAGE", TEXT, body="Grüße, alle")
            assert (await pbx.final("MESSAGE")).code == 200
            told = await phone.next(TextReceived)
            assert told == TextReceived(0, "2001", "Ann Other", "Grüße, alle")
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.request("MESSAGE", TEXT, body="in the call")
            assert (await pbx.final("MESSAGE")).code == 200
            assert (await phone.next(TextReceived)).text == "in the call"

    asyncio.run(story())


def test_what_is_no_text_is_not_shown(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            pbx.call().request("MESSAGE", "Content-Type: text/html", body="<b>x</b>")
            await pbx.final("MESSAGE")
            pbx.call().request("MESSAGE", TEXT, body="text")
            assert (await phone.next(TextReceived)).text == "text"

    asyncio.run(story())


@pytest.mark.peers
def test_an_asterisk_holds_resumes_and_says_something(pbx: Asterisk, tmp_path: Path) -> None:
    """By the manager's PJSIPNotify with a channel, as a program on the agent's screen would."""
    mic = write_wav(tmp_path / "mic.wav", tone(440.0, 1.0, 16000), 16000)
    audio = AudioSettings(microphone_wav=str(mic))
    account = AccountSettings(0, "1001", (pbx.address,), password=pbx.accounts["1001"].password)

    def channel() -> str:
        return wait_until(
            lambda: next(
                (c["Channel"] for c in pbx.channels() if c["Channel"].startswith("PJSIP/1001-")), ""
            ),
            10.0,
            "the phone's channel",
        )

    def held(phone: Attended) -> bool:
        return phone.phone.calls[0].held

    async def story() -> None:
        async with attended(SipSettings((account,), audio)) as phone:
            await phone.registered()
            phone.dial("600")
            await phone.next(CallAnswered)
            name = await asyncio.to_thread(channel)
            await asyncio.to_thread(pbx.notify, name, "hold")
            await phone.next(RemoteControl, lambda e: e.action == "hold")
            assert held(phone)
            await asyncio.to_thread(pbx.notify, name, "talk")
            await phone.next(RemoteControl, lambda e: e.action == "talk")
            assert not held(phone)
            await asyncio.to_thread(pbx.say, "1001", "Campaign: Spring")
            assert (await phone.next(TextReceived)).text == "Campaign: Spring"
            assert phone.phone.text is not None

    asyncio.run(story())


@pytest.mark.parametrize(
    ("event", "restart"),
    [
        ("Event: check-sync", False),
        ("o: check-sync;reboot=false", False),
        ("Event: resync", False),
        ("Event: check-sync;reboot=true", True),
        ("Event: reboot", True),
    ],
)
def test_the_server_has_the_phone_look_for_its_configuration(
    tmp_path: Path, event: str, restart: bool
) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            pbx.call().request("NOTIFY", event, STATE)
            assert (await pbx.final("NOTIFY")).code == 200
            assert (await phone.next(ResyncRequested)).restart is restart

    asyncio.run(story())


def test_within_a_call_it_is_no_such_word(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path) as (phone, pbx):
            dialog, _ = await answered(phone, pbx, 4000)
            dialog.request("NOTIFY", "Event: check-sync", STATE)
            assert (await pbx.final("NOTIFY")).code != 200
            assert not phone.seen(ResyncRequested)

    asyncio.run(story())
