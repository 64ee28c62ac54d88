"""Message waiting (RFC 3842): the mailbox's state reaches the phone, a stranger's word does not."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.phone.events import MessagesChanged
from appliance.sip.translate import new_messages
from tests.sip.server import server
from tests.sip.talking import phone_and_server

TYPE = "Content-Type: application/simple-message-summary"
STATE = "Subscription-State: active"


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n", 2),
        ("Messages-Waiting: no\r\nVoice-Message: 0/8\r\n", 0),
        ("messages-waiting:yes\n", 1),
        ("Messages-Waiting: no\r\n", 0),
        ("Fax-Message: 1/2\r\n", None),
        ("", None),
    ],
)
def test_summaries(body: str, count: int | None) -> None:
    assert new_messages(
        f"NOTIFY sip:1001@phone SIP/2.0\r\nEvent: message-summary\r\n\r\n{body}"
    ) == (count)


@given(st.text(max_size=200))
def test_any_text_is_a_count_or_none(text: str) -> None:
    assert (new_messages(text) or 0) >= 0


def test_the_servers_notify_is_believed_and_a_strangers_is_not(tmp_path: Path) -> None:
    async def story() -> None:
        async with (
            phone_and_server(tmp_path) as (phone, pbx),
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            body = "Messages-Waiting: yes\r\nVoice-Message: 7/0\r\n"
            told = stranger.call()
            told.request("NOTIFY", "Event: message-summary", STATE, TYPE, body=body)
            body = "Messages-Waiting: yes\r\nVoice-Message: 3/0\r\n"
            pbx.call().request("NOTIFY", "Event: message-summary", STATE, TYPE, body=body)
            found = await phone.next(MessagesChanged)
            assert found == MessagesChanged(0, 3)
            assert phone.seen(MessagesChanged) == [found]

    asyncio.run(story())
