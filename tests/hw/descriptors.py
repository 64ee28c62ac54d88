"""Report descriptors of headset families, put together from what is publicly known of them.

Known are the usages, report numbers, flags and the order of the bits; the bytes are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

CONSUMER, TELEPHONY, LED, BUTTON, VENDOR = 0x0C, 0x0B, 0x08, 0x09, 0xFF00
ABSOLUTE, STATE, PULSE = 0x02, 0x22, 0x06
"""Flags of a main item: variable; and with no preferred state; and relative."""
CONSTANT, CONSTANT_STATE, CONSTANT_PULSE = 0x01, 0x23, 0x07
ARRAY = 0x00


def item(prefix: int, value: int, *, signed: bool = False) -> bytes:
    """A short item: `prefix` without its size, and as many bytes of data as it takes."""
    for code, size in ((1, 1), (2, 2), (3, 4)):
        try:
            return bytes([prefix | code]) + value.to_bytes(size, "little", signed=signed)
        except OverflowError:
            continue
    raise ValueError(value)


def page(number: int) -> bytes:
    return item(0x04, number)


def usage(*numbers: int) -> bytes:
    return b"".join(item(0x08, number) for number in numbers)


def span(first: int, last: int) -> bytes:
    return item(0x18, first) + item(0x28, last)


def report(number: int) -> bytes:
    return item(0x84, number)


def logical(minimum: int, maximum: int) -> bytes:
    return item(0x14, minimum, signed=True) + item(0x24, maximum, signed=True)


def bits(kind: str, flags: int, count: int, size: int = 1) -> bytes:
    prefix = {"input": 0x80, "output": 0x90, "feature": 0xB0}[kind]
    return item(0x74, size) + item(0x94, count) + item(prefix, flags)


def application(of: int, what: int, *parts: bytes) -> bytes:
    return page(of) + usage(what) + item(0xA0, 1) + b"".join(parts) + b"\xc0"


def buttons(of: int, usages: Sequence[int], flags: int) -> bytes:
    return page(of) + logical(0, 1) + usage(*usages) + bits("input", flags, len(usages))


def lights(usages: Sequence[int]) -> bytes:
    return page(LED) + logical(0, 1) + usage(*usages) + bits("output", STATE, len(usages))


def rest(kind: str, count: int) -> bytes:
    return bits(kind, CONSTANT, count)


OFF_HOOK, MUTE, RING, HOLD, MICROPHONE, ON_LINE, RINGER = 0x17, 0x09, 0x18, 0x20, 0x21, 0x2A, 0x9E

JABRA = application(
    CONSUMER, 1, report(1), buttons(CONSUMER, (0xEA, 0xE9, 0xE2), ABSOLUTE), rest("input", 5)
) + application(
    TELEPHONY,
    5,
    report(2),
    buttons(TELEPHONY, (0x20, 0x97), CONSTANT_STATE),
    buttons(TELEPHONY, (0x2A, 0x2F, 0x21, 0x24, 0x50), CONSTANT_PULSE),
    buttons(BUTTON, (7,), ABSOLUTE),
    rest("input", 8),
    lights((OFF_HOOK, MUTE, RING, HOLD, MICROPHONE, ON_LINE)),
    page(TELEPHONY) + usage(RINGER) + bits("output", STATE, 1),
    rest("output", 9),
)
"""Everything in one report each way, and two bytes of it: a hook that is called constant."""

POLY = application(
    CONSUMER,
    1,
    report(1),
    buttons(CONSUMER, (0xE9, 0xEA), PULSE),
    rest("input", 6),
    report(2),
    page(VENDOR) + usage(0) + logical(0, 1) + bits("input", ABSOLUTE, 16),
) + application(
    TELEPHONY,
    5,
    report(8),
    buttons(TELEPHONY, (0x2F,), PULSE),
    buttons(TELEPHONY, (0x20, 0x21), STATE),
    rest("input", 5),
    *(report(led) + lights((led,)) + rest("output", 7) for led in (MUTE, OFF_HOOK, RING)),
)
"""A report for each light, numbered as its usage."""

LOGITECH = application(
    CONSUMER,
    1,
    report(3),
    page(CONSUMER) + logical(0, 0x2FF) + span(0, 0x2FF) + bits("input", ARRAY, 1, 16),
) + application(
    TELEPHONY,
    5,
    report(5),
    buttons(TELEPHONY, (0x20,), STATE),
    buttons(TELEPHONY, (0x2F, 0x21), PULSE),
    rest("input", 5),
    report(6),
    lights((MUTE, OFF_HOOK, RING)),
    rest("output", 5),
)
"""Volume as an array of usages, of two bytes."""

EPOS = application(
    CONSUMER, 1, report(1), buttons(CONSUMER, (0xE9, 0xEA), ABSOLUTE), rest("input", 6)
) + application(
    TELEPHONY,
    5,
    report(3),
    buttons(TELEPHONY, (0x20, 0x2F), STATE),
    buttons(TELEPHONY, (0x21,), ABSOLUTE),
    rest("input", 5),
    report(4),
    lights((OFF_HOOK, RING, MUTE, HOLD)),
    rest("output", 4),
)
"""Mute as a switch that stays where it was put."""

YEALINK = application(
    TELEPHONY,
    1,
    report(2),
    buttons(TELEPHONY, (0x20, 0x97, 0x2A), STATE),
    buttons(TELEPHONY, (0x2F, 0x21, 0x24, 0x50), PULSE),
    buttons(BUTTON, (7,), ABSOLUTE),
    rest("input", 8),
    lights((OFF_HOOK, MUTE, RING, HOLD, MICROPHONE)),
    rest("output", 11),
) + application(CONSUMER, 1, report(1), buttons(CONSUMER, (0xE9, 0xEA), ABSOLUTE), rest("input", 6))
"""A phone by its application usage, and the telephony before the volume."""

SIMPLE = application(
    TELEPHONY,
    5,
    buttons(TELEPHONY, (0x20, 0x2F), ABSOLUTE),
    rest("input", 6),
    lights((OFF_HOOK, MUTE)),
    rest("output", 6),
)
"""One that needs no numbers."""

FAMILIES = {
    "Jabra": JABRA,
    "Poly": POLY,
    "Logitech": LOGITECH,
    "EPOS": EPOS,
    "Yealink": YEALINK,
    "one without report IDs": SIMPLE,
}
