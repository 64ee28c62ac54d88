"""Stories of example screens in which the agent has more than one other to do with."""

from __future__ import annotations

from collections.abc import Callable

from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    CallReferred,
    TransferProgress,
)
from tests.phone.stories import Bench
from tests.screens.desk import consulting, maria, talking, transfer_to


def asking() -> Bench:
    """Maria waits while 100 is called."""
    return transfer_to().press("#")


def asking_while_it_rings() -> Bench:
    phone = asking()
    return phone.feed(CallProgress(phone.phone.calls[-1].id, 180))


def transferred() -> Bench:
    phone = transfer_to().press("transfer")
    phone.feed(CallAnswered(phone.phone.calls[-1].id))
    return phone.feed(TransferProgress(2, 200), CallEnded(2))


def moved_on() -> Bench:
    return maria(10).feed(CallReferred(2, 4, "601"), CallEnded(2))


def conference_held() -> Bench:
    phone = consulting().press("conference").wait(8).press("hold")
    media = (CallMedia(call.id, "opus", secure=True, held=True) for call in phone.phone.calls)
    return phone.feed(*media)


def waiting_beside_a_held_call() -> Bench:
    phone = talking("+493055500173", "Jörg Müller", 10).press("hold")
    phone.feed(CallMedia(1, "opus", secure=True, held=True))
    return phone.feed(CallIncoming(2, 0, "100", "Front desk"))


OTHERS: dict[str, Callable[[], Bench]] = {
    "conference-with": lambda: maria(10).press("conference").dial("100"),
    "consulting-calling": asking,
    "consulting-ringing": asking_while_it_rings,
    "transferred-to": transferred,
    "you-are-transferred": moved_on,
    "conference-held": conference_held,
    "call-waiting-beside-a-held-call": waiting_beside_a_held_call,
}
