"""Watching a colleague (RFC 4235): our subscriptions' NOTIFYs count, and no others."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from appliance.phone.events import ColleagueChanged
from appliance.sip.dialoginfo import Dialog as Theirs
from appliance.sip.dialoginfo import DialogInfo
from tests.sip.message import Message
from tests.sip.server import Dialog, Server, server
from tests.sip.talking import phone_and_server
from tests.sip.test_dialoginfo import document

TYPE = "Content-Type: application/dialog-info+xml"
EVENT = "Event: dialog"
ACTIVE = "Subscription-State: active;expires=300"


async def subscription(pbx: Server) -> Message:
    """The next SUBSCRIBE to somebody's calls; others are refused."""
    while (found := await pbx.next("SUBSCRIBE"))["Event"] != "dialog":
        pbx.answer(found, 489, "Bad Event")
    assert found["Accept"] == "application/dialog-info+xml"
    return found


def tell(dialog: Dialog, version: int, *theirs: Theirs, state: str = ACTIVE) -> None:
    """A NOTIFY with all their calls."""
    dialog.request("NOTIFY", EVENT, state, TYPE, body=document(DialogInfo(version, True, theirs)))


def test_a_colleagues_calls_are_told_until_the_subscription_ends(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, takes_subscriptions=True, watch=("1002",)) as (
            phone,
            pbx,
        ):
            subscribe = await subscription(pbx)
            assert subscribe.start.startswith(f"SUBSCRIBE sip:1002@{pbx.host}")
            pbx.answer(subscribe, 200, "OK", "Expires: 300")
            dialog = Dialog(pbx, of=subscribe)
            for version, theirs, calls in (
                (0, (), "idle"),
                (1, (Theirs("a", "early", "recipient"),), "ringing"),
                (2, (Theirs("a", "confirmed", "recipient"),), "busy"),
            ):
                tell(dialog, version, *theirs)
                assert await phone.next(ColleagueChanged) == ColleagueChanged("1002", calls)  # type: ignore[arg-type]
            tell(dialog, 3, state="Subscription-State: terminated;reason=deactivated")
            assert await phone.next(ColleagueChanged) == ColleagueChanged("1002", "unknown")
            again = await subscription(pbx)
            pbx.answer(again, 200, "OK", "Expires: 300")
            tell(Dialog(pbx, of=again), 0)
            assert await phone.next(ColleagueChanged) == ColleagueChanged("1002", "idle")


def test_a_refused_subscription_leaves_a_colleague_unknown(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, takes_subscriptions=True, watch=("1002",)) as (
            phone,
            pbx,
        ):
            pbx.answer(await subscription(pbx), 404, "Not Found")
            assert await phone.next(ColleagueChanged) == ColleagueChanged("1002", "unknown")

    asyncio.run(story())


@pytest.mark.parametrize("whose_calls", ["registrar", "anyone"])
def test_a_notify_outside_of_the_subscription_says_nothing(
    tmp_path: Path, whose_calls: str
) -> None:
    async def story() -> None:
        async with (
            phone_and_server(
                tmp_path,
                whose_calls,  # type: ignore[arg-type]
                takes_subscriptions=True,
                watch=("1002",),
            ) as (phone, pbx),
            server(address=("127.0.0.2", 0)) as stranger,
        ):
            subscribe = await subscription(pbx)
            pbx.answer(subscribe, 200, "OK", "Expires: 300")
            stranger.phone, stranger.contact = pbx.phone, pbx.contact
            for told in (stranger.call(), pbx.call()):
                tell(told, 7, Theirs("a", "confirmed"))
            tell(Dialog(pbx, of=subscribe), 0)
            found = await phone.next(ColleagueChanged)
            assert found == ColleagueChanged("1002", "idle")
            assert phone.seen(ColleagueChanged) == [found]

    asyncio.run(story())


def test_no_document_harms_the_phone(tmp_path: Path) -> None:
    async def story() -> None:
        async with phone_and_server(tmp_path, takes_subscriptions=True, watch=("1002",)) as (
            phone,
            pbx,
        ):
            subscribe = await subscription(pbx)
            pbx.answer(subscribe, 200, "OK", "Expires: 300")
            dialog = Dialog(pbx, of=subscribe)
            entity = '<!DOCTYPE d [<!ENTITY a "b">]>' + document(DialogInfo(9, True))
            for body in ("<", "<a>" * 600, "<dialog-info/>", "x" * 2000, entity, "\0", ""):
                dialog.request("NOTIFY", EVENT, ACTIVE, TYPE, body=body)
                assert (await pbx.next_of("NOTIFY")).code >= 200
            dialog.request("NOTIFY", EVENT, ACTIVE)
            assert (await pbx.next_of("NOTIFY")).code >= 200
            dialog.request("NOTIFY", EVENT, ACTIVE, "Content-Type: text/plain", body="free")
            assert (await pbx.next_of("NOTIFY")).code >= 200
            tell(dialog, 0, Theirs("a", "confirmed"))
            await phone.next(ColleagueChanged, lambda told: told.calls == "busy")
            assert {told.calls for told in phone.seen(ColleagueChanged)} <= {"busy", "idle"}

    asyncio.run(story())
