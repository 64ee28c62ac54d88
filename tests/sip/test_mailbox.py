"""Message waiting (RFC 3842): subscribed to, told unasked, refused; a stranger's word is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.phone.events import MessagesChanged
from appliance.sip.mailbox import EXPIRES_SECONDS, PATIENCE_SECONDS, PAUSE_SECONDS, Mailbox
from appliance.sip.settings import AccountSettings, SipSettings
from appliance.sip.thread import Alarm
from tests.peers.asterisk import Asterisk
from tests.sip.handset import handset
from tests.sip.message import Message
from tests.sip.server import Dialog, Server, server
from tests.sip.talking import phone_and_server
from tests.sip.test_asterisk import phone_at

TYPE = "Content-Type: application/simple-message-summary"
EVENT = "Event: message-summary"
STATE = "Subscription-State: active"


def waiting(count: int, more: str = "") -> str:
    """A message summary."""
    return f"Messages-Waiting: yes\r\n{more}Voice-Message: {count}/0\r\n"


def take(pbx: Server, subscribe: Message) -> Dialog:
    """Accept a subscription."""
    pbx.answer(subscribe, 200, "OK", "Expires: 3600")
    return Dialog(pbx, of=subscribe)


async def subscription(pbx: Server) -> Message:
    """The next SUBSCRIBE to the mailbox."""
    subscribe = await pbx.next("SUBSCRIBE")
    assert subscribe["Event"] == "message-summary"
    assert "application/simple-message-summary" in subscribe["Accept"]
    return subscribe


def test_a_subscription_tells_the_state_and_every_change(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, takes_subscriptions=True) as (phone, pbx):
            subscribe = await subscription(pbx)
            assert subscribe["Expires"] == str(EXPIRES_SECONDS)
            dialog = take(pbx, subscribe)
            account = "Message-Account: sip:*97@127.0.0.1\r\n"
            for count in (2, 3):
                dialog.request("NOTIFY", EVENT, f"{STATE};expires=3600", TYPE,
                               body=waiting(count, account))  # fmt: skip
                assert await phone.next(MessagesChanged) == MessagesChanged(0, count, 0, "*97")
                assert (await pbx.next_of("NOTIFY")).code == 200

    asyncio.run(story())


class Clock:
    """Turned by hand, in place of the sip thread; what is due is done in its order."""

    def __init__(self) -> None:
        self.now = 0.0
        self.due: list[tuple[float, Alarm]] = []

    def later(self, seconds: float, action: Callable[[], None]) -> Alarm:
        """Do it then."""
        self.due.append((self.now + seconds, Alarm(action)))
        return self.due[-1][1]

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while reached := sorted((due for due in self.due if due[0] <= end), key=lambda due: due[0]):
            self.due.remove(reached[0])
            self.now, alarm = reached[0]
            if alarm.action is not None:
                alarm.action()
        self.now = end


class Bench:
    """A mailbox, and what it has asked of the library."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.asked: list[bool] = []
        self.mailbox = Mailbox(self.clock, self.asked.append)  # type: ignore[arg-type]
        self.registers()

    def registers(self, way: str = "192.0.2.1:5060") -> None:
        """The registrar says yes, at once or to a renewal."""
        self.mailbox.registered(way)
        self.clock.turn(0.0)

    def told(self, state: str, *, asked: bool = True) -> MessagesChanged | None:
        """A NOTIFY comes."""
        message = f"NOTIFY sip:a SIP/2.0\r\n{EVENT}\r\nSubscription-State: {state}\r\n\r\n"
        return self.mailbox.told(0, message + waiting(1), asked=asked)


def test_a_refused_subscription_is_asked_for_again_after_long() -> None:
    bench = Bench()
    assert bench.asked == [True]
    bench.clock.turn(PATIENCE_SECONDS)
    assert bench.asked == [True, False]
    for _ in range(10):
        bench.registers()
    bench.clock.turn(PAUSE_SECONDS - 1)
    assert bench.asked == [True, False]
    bench.clock.turn(1)
    assert bench.asked == [True, False, True]


def test_a_subscription_that_stands_is_left_to_the_library() -> None:
    bench = Bench()
    for _ in range(3):
        assert bench.told("active;expires=600") == MessagesChanged(0, 1)
        bench.clock.turn(590)
        bench.registers()
    assert bench.asked == [True]
    bench.clock.turn(10 + PATIENCE_SECONDS)
    assert bench.asked == [True, False]


def test_a_server_that_names_no_lifetime_has_that_which_was_asked_for() -> None:
    bench = Bench()
    bench.told("active")
    bench.clock.turn(EXPIRES_SECONDS)
    assert bench.asked == [True]


def test_what_is_told_unasked_does_not_make_a_subscription() -> None:
    bench = Bench()
    assert bench.told("active;expires=600", asked=False) == MessagesChanged(0, 1)
    bench.clock.turn(PATIENCE_SECONDS)
    assert bench.asked == [True, False]
    assert bench.told("active", asked=False) == MessagesChanged(0, 1)


def test_another_way_to_the_server_takes_another_subscription() -> None:
    bench = Bench()
    bench.told("active;expires=600")
    bench.registers("192.0.2.2:5060")
    assert bench.asked == [True, False, True]


def test_a_subscription_that_the_server_ends_is_begun_again() -> None:
    bench = Bench()
    bench.told("active;expires=600")
    bench.told("terminated;reason=timeout")
    bench.clock.turn(PATIENCE_SECONDS)
    assert bench.asked == [True, False, True]


def test_nothing_is_asked_while_nothing_is_registered() -> None:
    bench = Bench()
    bench.mailbox.registered("192.0.2.2:5060")
    bench.mailbox.end()
    bench.clock.turn(2 * PAUSE_SECONDS)
    assert bench.asked == [True]


@pytest.mark.parametrize("whose_calls", ["registrar", "anyone"])
def test_the_servers_notify_is_believed_and_a_strangers_is_not(
    tmp_path: Path, whose_calls: str
) -> None:
    async def story() -> None:
        async with (
            phone_and_server(tmp_path, whose_calls) as (phone, pbx),  # type: ignore[arg-type]
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            told = stranger.call()
            told.request("NOTIFY", EVENT, STATE, TYPE, body=waiting(7))
            pbx.call().request("NOTIFY", EVENT, STATE, TYPE, body=waiting(3))
            found = await phone.next(MessagesChanged)
            assert found == MessagesChanged(0, 3)
            assert phone.seen(MessagesChanged) == [found]

    asyncio.run(story())


def test_the_server_of_another_account_knows_nothing_of_this_ones_messages() -> None:
    """Whatever dialog it speaks in."""

    async def story() -> None:
        async with server() as mine, server(address=("127.0.0.9", 0)) as other:
            mine.takes_subscriptions = True
            accounts = tuple(
                AccountSettings(index, f"100{index}", (pbx.host,))
                for index, pbx in enumerate((mine, other))
            )
            async with handset(SipSettings(accounts)) as phone:
                await phone.registered(0)
                await phone.registered(1)
                ours = take(mine, await subscription(mine))
                theirs = Dialog(other)
                theirs.local, theirs.remote, theirs.call_id = ours.local, ours.remote, ours.call_id
                theirs.target, theirs.cseq = ours.target, 10
                theirs.request("NOTIFY", EVENT, f"{STATE};expires=600", TYPE, body=waiting(7))
                await other.final("NOTIFY")
                ours.cseq = 20
                ours.request("NOTIFY", EVENT, f"{STATE};expires=600", TYPE, body=waiting(3))
                assert await phone.next(MessagesChanged) == MessagesChanged(0, 3)

    asyncio.run(story())


@pytest.mark.peers
@pytest.mark.parametrize(("user", "subscribed"), [("1031", 1), ("1032", 0)])
def test_asterisk_tells_of_a_message(
    pbx: Asterisk, tmp_path: Path, user: str, subscribed: int
) -> None:
    def leave(folder: str) -> None:
        kept = pbx.folder / "spool" / "voicemail" / "default" / user / folder
        kept.mkdir(parents=True, exist_ok=True)
        (kept / "msg0000.txt").write_text("[message]\norigtime=1\nduration=1\n")
        pbx.command("voicemail reload")

    def subscriptions() -> int:
        return pbx.command("pjsip show subscriptions inbound").count(f"{user}/message-summary")

    async def story() -> None:
        async with phone_at(pbx, tmp_path, user) as phone:
            await asyncio.to_thread(leave, "INBOX")
            told = await phone.next(MessagesChanged, lambda told: told.count > 0)
            assert told == MessagesChanged(0, 1, 0, "*97")
            assert await asyncio.to_thread(subscriptions) == subscribed

    asyncio.run(story())
