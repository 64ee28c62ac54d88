"""Report descriptors: those of headset families, and those of devices that nobody should build."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.hid_report import Descriptor, DescriptorError, parse
from tests.hw.descriptors import (
    ARRAY,
    EPOS,
    FAMILIES,
    JABRA,
    LOGITECH,
    POLY,
    SIMPLE,
    STATE,
    TELEPHONY,
    application,
    bits,
    buttons,
    item,
    logical,
    page,
    report,
    span,
    usage,
)

HOOK, PHONE_MUTE, FLASH = 0xB0020, 0xB002F, 0xB0021
VOLUME_UP, VOLUME_DOWN = 0xC00E9, 0xC00EA
LED_MUTE, LED_OFF_HOOK, LED_RING, LED_HOLD = 0x80009, 0x80017, 0x80018, 0x80020


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_hook_a_mute_and_their_lights(family: str) -> None:
    descriptor = parse(FAMILIES[family])
    for usage_ in (HOOK, PHONE_MUTE):
        assert descriptor.find("input", usage_) is not None
    for usage_ in (LED_OFF_HOOK, LED_MUTE):
        assert descriptor.find("output", usage_) is not None
    assert all(size % 8 == 0 for size in descriptor.sizes.values())


def test_a_field_says_where_it_is_and_how_it_behaves() -> None:
    mute = parse(JABRA).find("input", PHONE_MUTE)
    assert mute is not None
    assert (mute.report, mute.offset, mute.size) == (2, 3, 1)
    assert mute.relative and mute.variable
    hook = parse(EPOS).find("input", HOOK)
    assert hook is not None and not hook.relative and not hook.momentary


def test_input_reports_are_taken_apart() -> None:
    values = parse(JABRA).decode(bytes([2, 0b1001, 0]))
    assert values[HOOK] == 1 and values[PHONE_MUTE] == 1 and values[FLASH] == 0
    assert parse(SIMPLE).decode(b"\x02")[PHONE_MUTE] == 1
    assert parse(POLY).decode(bytes([8, 0b010])) == {PHONE_MUTE: 0, HOOK: 1, FLASH: 0}


def test_an_array_names_what_is_pressed() -> None:
    descriptor = parse(LOGITECH)
    assert descriptor.decode(bytes([3, 0xE9, 0])) == {VOLUME_UP: 1}
    assert descriptor.decode(bytes([3, 0, 0])) == {0xC0000: 1}
    assert descriptor.decode(bytes([3, 0xFF, 0xFF])) == {}
    sparse = parse(
        application(
            TELEPHONY, 5, page(TELEPHONY), usage(0x20), span(0x2E, 0x2F), logical(1, 9),
            bits("input", ARRAY, 1, 8),
        )
    )  # fmt: skip
    assert [sparse.decode(bytes([value])) for value in (1, 3, 4, 0)] == [
        {HOOK: 1}, {PHONE_MUTE: 1}, {}, {},
    ]  # fmt: skip


def test_reports_that_are_short_or_of_another_number_say_less() -> None:
    descriptor = parse(JABRA)
    assert descriptor.decode(b"") == {}
    assert descriptor.decode(b"\x02") == {}
    assert FLASH in descriptor.decode(b"\x02\x00")
    assert descriptor.decode(b"\x63\xff\xff") == {}


def test_output_reports_are_put_together() -> None:
    assert parse(JABRA).encode(2, {LED_OFF_HOOK: 1, LED_RING: 1}) == bytes([2, 0b101, 0])
    assert parse(POLY).encode(0x17, {LED_OFF_HOOK: 1}) == bytes([0x17, 1])
    assert parse(SIMPLE).encode(0, {LED_MUTE: 1}) == bytes([0, 0b10])


def test_negative_values_push_pop_alternatives_and_whole_usages() -> None:
    descriptor = parse(
        page(TELEPHONY) + usage(5) + item(0xA0, 1)
        + logical(-1, 1) + item(0x74, 2) + item(0x94, 1)
        + b"\xa4" + page(0x0C) + item(0x94, 3) + b"\xb4"
        + item(0xA8, 1) + usage(0x20, 0x21) + item(0xA8, 0) + item(0x80, 6)
        + bytes([0x0B]) + (0x0C00E9).to_bytes(4, "little") + item(0x80, 6)
        + b"\xc0"
    )  # fmt: skip
    assert descriptor.decode(bytes([0b0111])) == {HOOK: -1, VOLUME_UP: 1}


def test_a_usage_that_is_left_over_serves_for_the_rest() -> None:
    descriptor = parse(application(TELEPHONY, 5, buttons(TELEPHONY, (0x20, 0x2F), STATE)))
    more = parse(application(TELEPHONY, 5, logical(0, 1), usage(0x20), bits("input", STATE, 3)))
    assert [field.usage for field in descriptor.fields] == [HOOK, PHONE_MUTE]
    assert [field.usage for field in more.fields] == [HOOK] * 3


def test_a_maximum_without_its_sign_is_understood() -> None:
    sloppy = application(
        TELEPHONY, 5, item(0x14, 0), bytes([0x25, 0xFF]), usage(0x20), bits("input", STATE, 1, 8)
    )
    assert parse(sloppy).fields[0].logical_maximum == 255


@pytest.mark.parametrize(
    ("malformed", "words"),
    [
        (b"\x05", "an item of 2"),
        (b"\xfe", "an item of 3"),
        (b"\xc0", "a collection to end"),
        (usage(5) + item(0xA0, 1), "End Collection"),
        (item(0xA0, 1) * 65, "64 at most"),
        (report(0), "1 to 255"),
        (report(256), "1 to 255"),
        (b"\xb4", "a Push before it"),
        (b"\xa4" * 65, "64 at most before a Pop"),
        (item(0x74, 2**31) + item(0x94, 2**31) + item(0x80, 2), "131072 at most"),
        (usage(1) + bits("input", STATE, 5000), "4096 at most"),
        (span(9, 3), "a range of one page"),
        (logical(5, 1) + usage(1) + bits("input", STATE, 1), "a range"),
        (bytes(4097), "4096 at most"),
        (b"\x08" * 4096 + b"", "End Collection"),
    ],
)
def test_a_malformed_descriptor_is_refused_in_words(malformed: bytes, words: str) -> None:
    if malformed.startswith(b"\x08"):
        malformed = b"\xa0" + malformed[1:]
    with pytest.raises(DescriptorError, match=words) as caught:
        parse(malformed)
    assert str(caught.value).startswith("byte ")


def _sound(descriptor: Descriptor, noise: bytes) -> None:
    for field in descriptor.fields:
        assert field.offset + field.size <= descriptor.sizes[field.kind, field.report]
    for value in descriptor.decode(noise).values():
        assert abs(value) < 1 << 8 * len(noise)
    for kind, number in descriptor.sizes:
        if kind == "output":
            data = descriptor.encode(number, {LED_MUTE: 1})
            assert data[0] == number


@given(st.binary(max_size=200), st.binary(max_size=20))
def test_any_bytes_are_read_or_refused(noise: bytes, data: bytes) -> None:
    try:
        descriptor = parse(noise)
    except DescriptorError:
        return
    _sound(descriptor, data)


@given(
    st.sampled_from(list(FAMILIES.values())),
    st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=4)), max_size=6),
    st.binary(max_size=20),
)
def test_a_good_descriptor_with_some_bytes_changed(
    good: bytes, changes: list[tuple[int, bytes]], data: bytes
) -> None:
    altered = bytearray(good)
    for at, piece in changes:
        altered[at % len(altered) : at % len(altered) + len(piece)] = piece
    try:
        descriptor = parse(bytes(altered))
    except DescriptorError:
        return
    _sound(descriptor, data)


@given(st.sampled_from(list(FAMILIES.values())), st.sets(st.sampled_from([9, 0x17, 0x18, 0x20])))
def test_lights_that_were_put_into_reports_are_found_there(good: bytes, lit: set[int]) -> None:
    descriptor = parse(good)
    for number in {field.report for field in descriptor.fields if field.kind == "output"}:
        data = descriptor.encode(number, {0x80000 | led: 1 for led in lit})
        body = int.from_bytes(data[1:], "little")
        for field in descriptor.fields:
            if field.kind == "output" and field.report == number:
                expected = field.usage >> 16 == 8 and field.usage & 0xFFFF in lit
                assert bool(body >> field.offset & 1) == expected
