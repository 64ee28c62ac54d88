"""The walk itself: it tries everything, says what happened, and ends where it is told to.

The whole walk, with the rules of the house, is in `test_every_state`. That takes minutes and is not
watched branch by branch; these few steps are.
"""

from __future__ import annotations

from functools import cache
from typing import get_args

from appliance.phone import events
from appliance.phone.core import step
from appliance.phone.explore import (
    Kind,
    Step,
    events_of,
    example_history,
    example_settings,
    explore,
    kind,
    mode,
)
from appliance.phone.numbering import Numbers
from appliance.phone.session import Sessions
from appliance.phone.settings import AccountSettings
from appliance.phone.state import Phone

KINDS = 250


@cache
def begun() -> tuple[dict[Kind, Phone | None], tuple[Step, ...]]:
    """The first kinds of state of a phone with two accounts and a session, and each step of it."""
    taken: list[Step] = []
    accounts = (AccountSettings("1001"), AccountSettings("1002"))
    settings = example_settings(accounts=accounts, sessions=Sessions(numbers=Numbers(("100",))))
    return explore(settings, taken.append, KINDS, example_history()), tuple(taken)


def test_every_sort_of_event_is_tried() -> None:
    _, taken = begun()
    assert {type(step.event) for step in taken} == set(get_args(events.Event)) - {events.TimePassed}


def test_each_step_is_one_of_the_core() -> None:
    _, taken = begun()
    for arrow in taken[::7]:
        assert step(arrow.before, arrow.event) == (arrow.after, arrow.effects)


def test_of_each_kind_one_phone_is_tried_with_every_event() -> None:
    kinds, taken = begun()
    for found, phone in kinds.items():
        if phone is not None:
            assert kind(phone) == found
            tried = [step.event for step in taken if step.before is phone]
            assert len(tried) == len(list(events_of(phone, 1)))


def test_a_walk_ends_where_it_is_bounded() -> None:
    kinds, _ = begun()
    assert len(kinds) >= KINDS and None in kinds.values()


def test_nobody_goes_on_from_what_is_walked_elsewhere() -> None:
    taken: list[Step] = []
    kinds = explore(
        example_settings(), taken.append, elsewhere=lambda phone: mode(phone) != "starting"
    )
    assert {mode(step.before) for step in taken} == {"starting"}
    assert {found[0] for found, phone in kinds.items() if phone is None} >= {"idle"}
