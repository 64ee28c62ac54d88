"""What the buttons of headset families say, and what their lights are told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.hid_report import parse
from hw.telephony import Lights, Telephony
from tests.hw.descriptors import (
    CONSUMER,
    EPOS,
    FAMILIES,
    JABRA,
    LED,
    LOGITECH,
    MICROPHONE,
    POLY,
    PULSE,
    SIMPLE,
    TELEPHONY,
    VENDOR,
    YEALINK,
    application,
    bits,
    buttons,
    lights,
    logical,
    usage,
)

PRESSES: dict[str, tuple[bytes, list[tuple[bytes, list[str]]]]] = {
    "Jabra": (
        JABRA,
        [
            (b"\x02\x01\x00", ["off-hook"]),
            (b"\x02\x01\x00", []),
            (b"\x02\x09\x00", ["mute"]),
            (b"\x02\x01\x00", []),
            (b"\x02\x11\x00", ["flash"]),
            (b"\x02\x00\x00", ["on-hook"]),
            (b"\x01\x02", ["up"]),
            (b"\x01\x00", []),
            (b"\x01\x01", ["down"]),
        ],
    ),
    "Poly": (
        POLY,
        [
            (b"\x08\x02", ["off-hook"]),
            (b"\x08\x03", ["mute"]),
            (b"\x08\x02", []),
            (b"\x08\x06", ["flash"]),
            (b"\x01\x01", ["up"]),
            (b"\x08\x00", ["on-hook"]),
        ],
    ),
    "Logitech": (
        LOGITECH,
        [
            (b"\x03\xe9\x00", ["up"]),
            (b"\x03\x00\x00", []),
            (b"\x03\xea\x00", ["down"]),
            (b"\x05\x01", ["off-hook"]),
            (b"\x05\x03", ["mute"]),
        ],
    ),
    "EPOS": (
        EPOS,
        [(b"\x03\x02", ["muted"]), (b"\x03\x03", ["off-hook"]), (b"\x03\x01", ["open"])],
    ),
    "Yealink": (YEALINK, [(b"\x02\x01\x00", ["off-hook"]), (b"\x02\x09\x00", ["mute"])]),
    "one without report IDs": (SIMPLE, [(b"\x01", ["off-hook"]), (b"\x03", ["mute"])]),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_buttons_of_every_family(family: str) -> None:
    descriptor, reports = PRESSES[family]
    telephony = Telephony(parse(descriptor))
    assert telephony.useful
    for report, presses in reports:
        assert telephony.take(report) == presses, report.hex()


LIT: dict[str, list[bytes]] = {
    "Jabra": [b"\x02\x03\x00"],
    "Poly": [b"\x09\x01", b"\x17\x01", b"\x18\x00"],
    "Logitech": [b"\x06\x03"],
    "EPOS": [b"\x04\x05"],
    "Yealink": [b"\x02\x03\x00"],
    "one without report IDs": [b"\x00\x03"],
}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_lights_of_every_family_in_a_muted_call(family: str) -> None:
    telephony = Telephony(parse(FAMILIES[family]))
    assert telephony.reports(Lights(off_hook=True, mute=True)) == LIT[family]


def test_all_four_lights_go_in_one_report_where_they_are_together() -> None:
    telephony = Telephony(parse(JABRA))
    assert telephony.reports(Lights(True, True, True, True)) == [b"\x02\x0f\x00"]
    assert telephony.reports(Lights()) == [b"\x02\x00\x00"]


def test_the_microphone_light_stands_for_mute_where_there_is_no_other() -> None:
    telephony = Telephony(parse(application(TELEPHONY, 5, lights((MICROPHONE,)))))
    assert telephony.reports(Lights(mute=True)) == [b"\x00\x01"]


def test_a_hook_that_is_a_push_button() -> None:
    telephony = Telephony(parse(application(TELEPHONY, 5, buttons(TELEPHONY, (0x20,), PULSE))))
    assert [telephony.take(data) for data in (b"\x01", b"\x00", b"\x01")] == [
        ["hook"], [], ["hook"],
    ]  # fmt: skip


def test_what_a_telephone_cannot_use() -> None:
    other = application(VENDOR, 1, usage(1), logical(0, 1), bits("input", PULSE, 8))
    assert not Telephony(parse(other)).useful
    assert Telephony(parse(application(CONSUMER, 1, buttons(CONSUMER, (0xE9,), PULSE)))).useful
    assert Telephony(parse(application(LED, 1, lights((0x17,))))).useful


@given(st.sampled_from(list(FAMILIES)), st.lists(st.binary(max_size=6), max_size=12))
def test_any_reports_are_survived(family: str, reports: list[bytes]) -> None:
    telephony = Telephony(parse(FAMILIES[family]))
    for report in reports:
        telephony.take(report)
