"""The desk of the example screens, and how several of their stories begin."""

from __future__ import annotations

from typing import Any

from appliance.phone.digitmap import parse_digit_map
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    TimePassed,
)
from appliance.phone.moment import Moment
from appliance.phone.settings import AccountSettings
from tests.phone.stories import Bench

CAMPAIGN = "Campaign Spring. Ask for the customer's number first."


def bench(
    clock: str = "14:32", date: str = "Wed 12 Nov", *, registered: bool = True, **settings: Any
) -> Bench:
    phone = Bench(
        registered,
        accounts=(AccountSettings("1001", "Agent Zuñiga", "pbx.example.com"),),
        digit_map=parse_digit_map("x.T|*x.T"),
        sleep=0.0,
        **settings,
    )
    return phone.feed(TimePassed(Moment(clock=clock, date=date)))


def two_lines() -> Bench:
    agent = AccountSettings("1001", "Agent Zuñiga", "pbx.example.com")
    return Bench(accounts=(agent, AccountSettings("2001", label="Sales")), sleep=0.0)


def called_before(phone: Bench) -> Bench:
    call = phone.talk("5550142")
    return phone.feed(CallEnded(call)).wait(60)


def talking(
    number: str, name: str, seconds: float, codec: str = "opus", identity: int = 1
) -> Bench:
    phone = bench().feed(CallIncoming(identity, 0, number, name)).press("ok")
    media = CallMedia(identity, codec, secure=codec == "opus")
    return phone.feed(CallAnswered(identity), media).wait(seconds)


def maria(seconds: float) -> Bench:
    return talking("+14155550142", "Maria Gonçalves", seconds, identity=2)


def at_rest(*keys: str) -> Bench:
    return called_before(bench()).hold("*").press(*keys)


def transfer_to() -> Bench:
    return maria(10).press("transfer").dial("100")


def consulting() -> Bench:
    phone = maria(10).press("transfer").dial("100").press("#")
    call = phone.phone.calls[-1].id
    return phone.feed(CallAnswered(call), CallMedia(call, "opus", secure=True)).wait(12)
