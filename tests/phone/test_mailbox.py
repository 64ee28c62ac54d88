"""Messages that wait: what the phone says of them, and the call that plays them."""

from __future__ import annotations

import pytest

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone.settings import AccountSettings
from tests.phone.stories import Bench

SALES = AccountSettings("1001", server="pbx.example.com", label="Sales")
HELP = AccountSettings("1002", server="pbx.example.com", label="Help", mailbox="*98")


def called(bench: Bench) -> list[tuple[int, str]]:
    """Which numbers were called since last asked, and over which account."""
    return [(did.account, did.number) for did in bench.did() if isinstance(did, fx.PlaceCall)]


def lamp(bench: Bench) -> list[str]:
    """What became of the message lamp since last asked."""
    done = bench.did()
    return [did.state for did in done if isinstance(did, fx.SetLamp) and did.lamp == "message"]


def test_the_key_calls_the_number_that_the_server_tells() -> None:
    bench = Bench().feed(ev.MessagesChanged(0, 2, number="*97")).press("messages")
    assert called(bench) == [(0, "*97")]


def test_the_number_of_the_configuration_outranks_the_servers() -> None:
    bench = Bench(accounts=(HELP,)).feed(ev.MessagesChanged(0, 2, number="*97"))
    assert called(bench.press("messages")) == [(0, "*98")]


def test_an_empty_mailbox_can_be_called_too() -> None:
    bench = Bench(accounts=(HELP,)).press("messages")
    assert called(bench) == [(0, "*98")]


@pytest.mark.parametrize("accounts", [(), (SALES,)])
def test_without_a_number_the_key_says_so(accounts: tuple[AccountSettings, ...]) -> None:
    bench = Bench(registered=bool(accounts), accounts=accounts).feed(ev.MessagesChanged(0, 1))
    bench.press("messages")
    assert called(bench) == []
    assert "No mailbox is known" in bench.words
    assert "Messages" not in bench.hold("*").words


def test_of_several_mailboxes_that_with_messages_is_called() -> None:
    bench = Bench(accounts=(SALES, HELP))
    bench.feed(ev.MessagesChanged(0, 0, number="*97"), ev.MessagesChanged(1, 3))
    assert called(bench.press("messages")) == [(1, "*98")]


def test_of_several_with_messages_the_agent_chooses() -> None:
    bench = Bench(accounts=(SALES, HELP))
    bench.feed(ev.MessagesChanged(1, 3), ev.MessagesChanged(0, 2, number="*97"))
    bench.press("messages")
    assert "1 Sales: 2 / 2 Help: 3" in bench.words
    assert called(bench.press("2")) == [(1, "*98")]


def test_the_account_that_was_chosen_is_the_one_that_is_called() -> None:
    bench = Bench(accounts=(SALES, HELP))
    bench.feed(ev.MessagesChanged(0, 2, number="*97")).press("line2", "messages")
    assert called(bench) == [(1, "*98")]


def test_nothing_is_called_in_the_middle_of_a_call_or_a_number() -> None:
    bench = Bench(accounts=(HELP,)).feed(ev.HookLifted()).dial("12").press("messages")
    assert called(bench) == []
    bench = Bench(accounts=(HELP,))
    bench.talk()
    assert called(bench.press("messages")) == []
    bench.press("hold", "messages")
    assert called(bench) == [(0, "*98")]


def test_a_locked_phone_plays_no_messages() -> None:
    bench = Bench(accounts=(HELP,), pin="2580").hold("#").feed(ev.MessagesChanged(0, 1))
    assert called(bench.press("messages")) == []
    assert "Emergency calls only" in bench.words
    assert "1 new message" not in bench.words


def test_the_menu_has_the_messages() -> None:
    bench = Bench(accounts=(HELP,)).hold("*")
    assert "8 Messages / " in bench.words
    bench.press("back").feed(ev.MessagesChanged(0, 4)).hold("*")
    assert "8 Messages: 4" in bench.words
    assert called(bench.press("8")) == [(0, "*98")]


def test_missed_calls_and_messages_are_told_beside_each_other() -> None:
    bench = Bench().feed(ev.MessagesChanged(0, 3))
    bench.rung(2).feed(ev.CallEnded(2)).wait(4)
    assert "Missed 1, mail 3" in bench.words
    bench.press("ok")
    assert "3 new messages" in bench.words
    assert lamp(bench) == ["on"]


def test_urgent_messages_make_the_lamp_blink() -> None:
    bench = Bench().feed(ev.MessagesChanged(0, 3, 2))
    assert lamp(bench) == ["blinking"]
    assert "2 urgent messages" in bench.words
    bench.feed(ev.MessagesChanged(0, 1))
    assert lamp(bench) == ["on"]
    bench.feed(ev.MessagesChanged(0, 0))
    assert lamp(bench) == ["off"]


def test_an_account_that_there_is_not_has_no_messages() -> None:
    bench = Bench().feed(ev.MessagesChanged(5, 3), ev.MessagesChanged(-1, 3))
    assert bench.phone.messages == 0
