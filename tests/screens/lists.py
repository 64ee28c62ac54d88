"""Stories of example screens that are lists and pages of the menu."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from appliance.phone.directory import Contact, directory_of
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    ColleagueChanged,
    FactsRead,
    HeadsetChanged,
)
from appliance.phone.numbering import PLANS
from tests.phone.stories import Bench
from tests.screens.desk import at_rest, bench


def parked_calls() -> Bench:
    phone = bench(watch=("701",), park_slots=("701", "702"))
    return phone.feed(ColleagueChanged("701", "busy")).hold("*").press("5")


def calls_of_a_day(*keys: str) -> Bench:
    """Two came and were answered, two were placed."""
    phone = bench()
    for call, (number, name) in enumerate((("100", "Front desk"), ("+14155550142", "")), 2):
        phone.feed(CallIncoming(call, 0, number, name)).press("ok")
        phone.feed(CallAnswered(call)).wait(9).feed(CallEnded(call)).wait(60)
    for number in ("5550142", "600"):
        phone.feed(CallEnded(phone.talk(number))).wait(60)
    return phone.hold("*").press("2", *keys)


def found_colleagues() -> Bench:
    people = (
        Contact("Ann Example", ("1002",), watched=True),
        Contact("Anna Óskarsdóttir", ("1003",), watched=True),
        Contact("Anne Smith", ("5550177",)),
    )
    phone = bench(watch=("1002", "1003"), pickup="**")
    settings = replace(phone.phone.settings, directory=directory_of(people, PLANS["us"]))
    phone.phone = replace(phone.phone, settings=settings)
    phone.feed(ColleagueChanged("1002", "ringing"), ColleagueChanged("1003", "busy"))
    return phone.press("directory", "2", "6", "6", "#")


LISTS: dict[str, Callable[[], Bench]] = {
    "received-calls": lambda: calls_of_a_day("3"),
    "placed-calls": lambda: calls_of_a_day("4"),
    "found-colleagues": found_colleagues,
    "parked-calls": parked_calls,
    "sound": lambda: at_rest("4"),
    "headset": lambda: at_rest("5", "3").feed(HeadsetChanged("ready", "usb:1-1.2", "USB Headset")),
    "versions": lambda: at_rest("5", "4").feed(
        FactsRead(
            versions=("Deskphone 1.0.0", "PJSIP 2.15.1", "Linux 6.12.47", "deskphone.toml 1a2b3c4d")
        )
    ),
    "language": lambda: at_rest("6"),
}
