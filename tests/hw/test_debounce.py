"""Contacts in all their ways: rattling, ghosts, sticking, too many at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import given
from hypothesis import strategies as st

from hw.debounce import Change, Contact, Debouncer, Timing, ambiguous

TIMING = Timing()
MS = 0.001
ROWS, COLUMNS = 4, 3

contacts = st.tuples(st.integers(0, ROWS - 1), st.integers(0, COLUMNS - 1))
scans = st.lists(
    st.tuples(st.floats(0.0005, 0.050), st.frozensets(contacts, max_size=6)), max_size=60
)


def seen_through_wires(closed: frozenset[Contact]) -> frozenset[Contact]:
    """What a scan reads of a matrix without diodes: whatever a driven column can reach."""
    seen = set(closed)
    while True:
        more = {
            (row, column)
            for row, via in seen
            for other, via2 in seen
            for other2, column in seen
            if via == via2 and other == other2
        }
        if more <= seen:
            return frozenset(seen)
        seen |= more


def feed(debouncer: Debouncer, scans: Iterable[tuple[float, frozenset[Contact]]]) -> list[Change]:
    at, changes = 0.0, []
    for pause, closed in scans:
        at += pause
        changes += debouncer.feed(at, closed)
    return changes


def alternate(changes: Sequence[Change], *, ended: bool) -> None:
    down: set[Contact] = set()
    for change in changes:
        if change.kind == "press":
            assert change.contact not in down, "two presses without a release"
            down.add(change.contact)
        elif change.kind == "release":
            assert change.contact in down, "a release without a press"
            down.remove(change.contact)
    assert not (ended and down), "a press was never released"


def quiet(debouncer: Debouncer, at: float) -> list[Change]:
    """All keys up; scans as the keypad does, until nothing is due."""
    changes = debouncer.feed(at, ())
    for _ in range(100):
        delay = debouncer.delay()
        if delay is None:
            return changes
        at += delay
        changes += debouncer.feed(at, ())
    raise AssertionError("the debouncer never comes to rest")


timings = st.builds(Timing, stuck=st.sampled_from([0.1, 60.0]), rollover=st.integers(1, 12))


@given(scans, timings)
def test_every_press_gets_one_release_and_then_there_is_rest(
    scans: list[tuple[float, frozenset[Contact]]], timing: Timing
) -> None:
    debouncer = Debouncer(timing)
    changes = feed(debouncer, scans)
    changes += quiet(debouncer, sum(pause for pause, _ in scans) + MS)
    alternate(changes, ended=True)
    assert debouncer.down == ()
    assert debouncer.delay() is None


@given(scans, st.frozensets(contacts, max_size=4))
def test_whatever_was_before_what_is_held_is_what_is_down(
    scans: list[tuple[float, frozenset[Contact]]], hold: frozenset[Contact]
) -> None:
    debouncer = Debouncer(Timing(rollover=ROWS * COLUMNS))
    before = feed(debouncer, scans)
    at = end = sum(pause for pause, _ in scans) + MS
    changes = debouncer.feed(at, hold)
    sure = hold - ambiguous(hold)
    while at < end + 4 * TIMING.settle and (delay := debouncer.delay()) is not None:
        at += delay
        changes += debouncer.feed(at, hold)
    assert sure <= set(debouncer.down) <= hold
    alternate([*before, *changes], ended=not hold)


@given(scans)
def test_never_more_than_the_rollover(scans: list[tuple[float, frozenset[Contact]]]) -> None:
    debouncer = Debouncer(TIMING)
    at = 0.0
    for pause, closed in scans:
        at += pause
        debouncer.feed(at, closed)
        assert len(debouncer.down) <= TIMING.rollover


@given(scans)
def test_a_ghost_is_never_pressed(scans: list[tuple[float, frozenset[Contact]]]) -> None:
    debouncer = Debouncer(TIMING)
    at = 0.0
    for pause, closed in scans:
        at += pause
        for change in debouncer.feed(at, seen_through_wires(closed)):
            assert change.kind != "press" or change.contact in closed


bounces = st.lists(st.floats(0.0001, 0.0015), max_size=6)
"""Lengths of the stretches in which a contact is alternately open and closed: 9 ms in all."""


@st.composite
def strokes(draw: st.DrawFn) -> tuple[int, list[tuple[float, bool]]]:
    """Strokes of one key with bounces at both ends: how many, and when it closes and opens."""
    edges: list[tuple[float, bool]] = []
    at = 0.0
    count = draw(st.integers(1, 4))
    for _ in range(count):
        for closes in (True, False):
            at += draw(st.floats(0.040, 0.200))
            edges.append((at, closes))
            train = draw(bounces)
            for index, length in enumerate(train[: len(train) // 2 * 2]):
                at += length
                edges.append((at, closes if index % 2 else not closes))
    return count, edges


@given(strokes())
def test_a_bounce_train_is_one_press_and_one_release(
    strokes: tuple[int, list[tuple[float, bool]]],
) -> None:
    count, edges = strokes
    debouncer = Debouncer(TIMING)
    contact: Contact = (1, 2)
    at, changes, rest = 0.0, [], None
    end = edges[-1][0] + 0.100
    while at < end:
        closed = [state for when, state in edges if when <= at][-1:] == [True]
        changes += debouncer.feed(at, (contact,) if closed else ())
        delay = debouncer.delay()
        if delay is None:
            upcoming = [when for when, state in edges if when > at and state]
            delay = min(upcoming) - at + 1e-6 if upcoming else end
            rest = at
        at += delay
    alternate(changes, ended=True)
    assert len(changes) == 2 * count
    assert rest is not None


@given(st.permutations([(0, 0), (1, 1), (2, 2), (3, 0)]))
def test_order_is_kept(order: list[Contact]) -> None:
    debouncer = Debouncer(TIMING)
    at, down, changes = 0.0, [], []
    for contact in order:
        down.append(contact)
        for _ in range(20):
            at += MS
            changes += debouncer.feed(at, down)
    while down:
        down.pop(0)
        for _ in range(20):
            at += MS
            changes += debouncer.feed(at, down)
    assert [c.contact for c in changes if c.kind == "press"] == order
    assert [c.contact for c in changes if c.kind == "release"] == order


def held(debouncer: Debouncer, at: float, closed: Iterable[Contact], for_: float) -> list[Change]:
    closed = tuple(closed)
    changes = []
    for step in range(round(for_ / MS) + 1):
        changes += debouncer.feed(at + step * MS, closed)
    return changes


def test_a_press_is_taken_at_the_second_look() -> None:
    debouncer = Debouncer(TIMING)
    assert debouncer.feed(1.0, [(0, 0)]) == []
    assert debouncer.delay() == TIMING.confirm
    assert debouncer.feed(1.0 + MS + 1e-6, [(0, 0)]) == [Change("press", (0, 0))]


def test_a_contact_that_opens_for_a_moment_is_released_as_late_as_any() -> None:
    debouncer = Debouncer(TIMING)
    held(debouncer, 0, [(0, 0)], 0.05)
    assert held(debouncer, 1, [], TIMING.settle / 2) == []
    assert held(debouncer, 2, [(0, 0)], 0.05) == []
    assert held(debouncer, 3, [], TIMING.settle / 2) == []
    assert held(debouncer, 3 + TIMING.settle / 2, [], TIMING.settle) == [Change("release", (0, 0))]


def test_a_spike_is_no_press() -> None:
    debouncer = Debouncer(TIMING)
    debouncer.feed(1.0, [(0, 0)])
    assert debouncer.feed(1.0005, []) == []
    assert debouncer.delay() is None


def test_two_keys_are_told_apart_and_the_third_corner_waits() -> None:
    debouncer = Debouncer(TIMING)
    two: list[Contact] = [(0, 0), (0, 1)]
    assert [c.contact for c in held(debouncer, 0, two, 0.02)] == two
    square = seen_through_wires(frozenset({*two, (1, 0)}))
    assert (1, 1) in square
    assert held(debouncer, 1, square, 0.1) == []
    assert held(debouncer, 2, [(0, 1), (1, 0)], 0.05) == [
        Change("release", (0, 0)),
        Change("press", (1, 0)),
    ]


def test_rectangles_and_only_they_are_ambiguous() -> None:
    assert ambiguous(frozenset({(0, 0), (0, 1), (1, 0)})) == frozenset()
    corners = {(0, 0), (0, 2), (3, 0), (3, 2)}
    assert ambiguous(frozenset({*corners, (1, 1)})) == corners


def test_a_key_that_sticks_is_reported_and_released_and_the_others_work() -> None:
    debouncer = Debouncer(Timing(stuck=1.0))
    changes = held(debouncer, 0, [(0, 0)], 1.1)
    assert changes == [
        Change("press", (0, 0)),
        Change("stuck", (0, 0)),
        Change("release", (0, 0)),
    ]
    assert debouncer.delay() == TIMING.watch_stuck
    assert held(debouncer, 2, [(0, 0), (0, 1)], 0.02) == [Change("press", (0, 1))]
    assert held(debouncer, 3, [(0, 0)], 0.02) == [Change("release", (0, 1))]
    assert held(debouncer, 4, [], 0.02) == []
    assert held(debouncer, 5, [(0, 0)], 0.02) == [Change("press", (0, 0))]


def test_what_comes_on_top_of_the_rollover_is_ignored_until_it_came_up() -> None:
    debouncer = Debouncer(Timing(rollover=2))
    row: list[Contact] = [(0, 0), (0, 1), (0, 2)]
    assert len(held(debouncer, 0, row, 0.05)) == 2
    assert held(debouncer, 1, row[1:], 0.05) == [Change("release", (0, 0))]
    held(debouncer, 2, row[1:2], 0.05)
    assert held(debouncer, 3, row[1:], 0.05) == [Change("press", (0, 2))]


def test_what_is_ignored_has_come_up_only_when_it_stays_up() -> None:
    debouncer = Debouncer(Timing(stuck=1.0))
    held(debouncer, 0, [(0, 0)], 1.1)
    for blink in range(5):
        assert debouncer.feed(2 + blink * 0.1, []) == []
        delay = debouncer.delay()
        assert delay is not None and delay <= TIMING.settle, "it has to be looked at again"
        assert debouncer.feed(2 + blink * 0.1 + delay, []) == []
        assert held(debouncer, 2 + blink * 0.1 + 2 * delay, [(0, 0)], 0.05) == []
    assert held(debouncer, 3, [], 0.02) == []
    assert debouncer.delay() is None
    assert held(debouncer, 4, [(0, 0)], 0.02) == [Change("press", (0, 0))]
