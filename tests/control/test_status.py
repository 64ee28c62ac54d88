from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.control.render import call_text, event_text, printable, status_text
from appliance.control.status import (
    CallStatus,
    ConfigStatus,
    Extras,
    RtpStatus,
    Status,
    StrangersStatus,
    build_status,
    calls_of,
)
from appliance.phone.core import step
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    DialRequested,
    Event,
    HookLifted,
    HookReplaced,
    KeyPressed,
    PhoneStarted,
    ProblemFound,
    RegistrationChanged,
)
from appliance.phone.state import Phone, new_phone
from appliance.phone.view import view
from tests.control.desk import REGISTERED, SETTINGS

CONTRACT = json.loads("""
{"version": "…", "name": "Desk 12", "hook": "on", "dnd": false, "uptime_s": 12.3,
 "accounts": [{"user": "1001", "server": "pbx.example.com", "transport": "tls", "registration":
   {"state": "registered", "code": 200, "verdict": "ok", "text": "Registered", "next_step": "",
    "expires_in": 280, "server_in_use": "…"}}],
 "calls": [{"id": 1, "account": "1001", "direction": "out", "state": "talking", "number": "600",
   "name": "", "muted": false, "held": false, "secure": true, "codec": "opus", "since": "…",
   "rtp": {"rx": 512, "tx": 515, "lost": 0, "jitter_ms": 1.2, "mos": 4.3}}],
 "headset": {"state": "ready", "id": "…", "name": "…"},
 "lamps": {"message": "off", "call": "off", "mute": "off"},
 "screen": ["line 1", "line 2"],
 "config": {"version": "…", "source": "…", "age_s": 60, "trial": false}, "messages": 0}
""")
LAMPS = {"message": "off", "call": "off", "mute": "off"}
GIVE, JOIN = KeyPressed("transfer"), KeyPressed("conference")
TALKING = (
    DialRequested("600"),
    CallProgress(1, 180),
    CallAnswered(1),
    CallMedia(1, "opus", secure=True),
)

EVENTS: list[Event] = [
    *TALKING,
    REGISTERED,
    RegistrationChanged(0, "failed", 403, "forbidden", "Not allowed", "Check the account"),
    HookLifted(),
    HookReplaced(),
    KeyPressed("6"),
    KeyPressed("#"),
    KeyPressed("hold"),
    KeyPressed("mute"),
    CallIncoming(2, 0, "1002", "Bob"),
    CallEnded(1, 486, "Busy Here"),
    CallEnded(2),
    ProblemFound("display", "OLED-01", "No display"),
]


def after(*events: Event) -> Phone:
    phone = new_phone(SETTINGS)
    for event in (PhoneStarted(), REGISTERED, *events):
        phone, _ = step(phone, event)
    return phone


def status_of(phone: Phone, **quality: RtpStatus) -> Status:
    extras = Extras(
        version="0.1.0",
        uptime_s=12.345,
        lamps=LAMPS,
        screen=view(phone).text(),
        config=ConfigStatus("v7", "card", 60),
        quality={1: quality["first"]} if quality else {},
    )
    return build_status(phone, extras)


def shape(expected: Any, found: Any, where: str = "status") -> list[str]:
    """Where `found` lacks something of the contract, or has it as another type."""
    if type(expected) is not type(found):
        return [f"{where}: {type(found).__name__}, expected {type(expected).__name__}"]
    if isinstance(expected, dict):
        missing = [f"{where}.{key} is missing" for key in expected if key not in found]
        both = (key for key in expected if key in found)
        return missing + [
            w for key in both for w in shape(expected[key], found[key], where + "." + key)
        ]
    if isinstance(expected, list):
        if not found:
            return [f"{where} is empty"]
        return [w for value in found for w in shape(expected[0], value, where + "[]")]
    return []


def test_a_call_in_progress_reads_exactly_as_the_contract_says() -> None:
    status = status_of(after(*TALKING), first=RtpStatus(512, 515, 0, 1.2, 4.3))
    told = json.loads(msgspec.json.encode(status))
    assert shape(CONTRACT, told) == []
    assert told["accounts"][0]["registration"]["server_in_use"] == "192.0.2.1:5061"
    assert told["uptime_s"] == 12.3
    call = told["calls"][0]
    assert {key: call[key] for key in CONTRACT["calls"][0] if key != "since"} == {
        key: value for key, value in CONTRACT["calls"][0].items() if key != "since"
    }


@settings(deadline=None)
@given(st.lists(st.sampled_from(EVENTS), max_size=12))
def test_every_state_has_a_status_that_survives_the_wire(events: list[Event]) -> None:
    status = status_of(after(*events))
    wire = msgspec.json.encode(status)
    assert msgspec.json.decode(wire, type=Status) == status
    assert all(line.isprintable() for line in status_text(status).split("\n"))
    lasting = [call for call in status.calls if call.state not in ("dialling", "ended")]
    assert len(lasting) == len(after(*events).calls)


def test_a_number_being_typed_is_a_call_that_has_the_next_id() -> None:
    (call,) = calls_of(after(HookLifted(), KeyPressed("6"), KeyPressed("0")))
    assert (call.id, call.state, call.number, call.account) == (1, "dialling", "60", "1001")


def test_dial_tone_alone_is_no_call() -> None:
    assert calls_of(after(HookLifted())) == ()


def test_calls_have_the_contracts_states() -> None:
    states = {
        "calling": after(DialRequested("600")),
        "ringing": after(*TALKING[:2]),
        "incoming": after(CallIncoming(2, 0, "1002")),
        "talking": after(*TALKING),
        "held": after(*TALKING, KeyPressed("hold")),
    }
    assert {name: calls_of(phone)[0].state for name, phone in states.items()} == {
        name: name for name in states
    }


def test_a_call_that_was_refused_stays_with_its_reason_while_it_is_displayed() -> None:
    (call,) = calls_of(after(HookLifted(), DialRequested("486"), CallEnded(1, 486, "Busy Here")))
    assert (call.state, call.reason, call.code, call.number) == ("ended", "Busy", 486, "486")


def test_mute_belongs_to_the_call_in_front() -> None:
    phone = after(*TALKING, KeyPressed("mute"), CallIncoming(2, 0, "1002"))
    assert [(call.id, call.muted) for call in calls_of(phone)] == [(1, True), (2, False)]
    assert status_of(phone).muted


def test_problems_and_evidence_are_told() -> None:
    failed = RegistrationChanged(
        0, "failed", 403, "forbidden", "Not allowed", "Check the account", "403 from 192.0.2.1"
    )
    status = status_of(after(failed, ProblemFound("display", "OLED-01", "No display")))
    assert status.accounts[0].registration.evidence == "403 from 192.0.2.1"
    assert [(p.part, p.code) for p in status.problems] == [("display", "OLED-01")]
    text = status_text(status)
    assert "failed, 403 forbidden: Not allowed" in text
    assert "next step: Check the account" in text
    assert "OLED-01 display: No display" in text


def test_strangers_are_told_of_where_there_were_any() -> None:
    quiet = status_of(after())
    assert "strangers none" in status_text(quiet)
    visited = msgspec.structs.replace(quiet, strangers=StrangersStatus(3, "192.0.2.7:5060"))
    assert "strangers 3 packets turned away, last from 192.0.2.7:5060" in status_text(visited)
    rung = msgspec.structs.replace(quiet, strangers=StrangersStatus(unheeded=2))
    assert "strangers 2 calls rang that were to be answered" in status_text(rung)


def test_the_status_in_words_names_what_matters() -> None:
    text = status_text(status_of(after(*TALKING), first=RtpStatus(512, 515, 0, 1.2, 4.3)))
    assert text.splitlines()[0] == "Desk 12: deskphone 0.1.0, up 12 s, on-hook, hands-free"
    assert "1001 on pbx.example.com (tls): registered, for 4 min 40 s more" in text
    assert "1 talking out 600: account 1001, opus, secure" in text
    assert "jitter 1.2 ms, MOS 4.3" in text


def test_a_conference_a_transfer_and_a_diversion_are_told() -> None:
    incoming = CallIncoming(2, 0, "100", "Ann", "Sales")
    joined = status_of(after(*TALKING, incoming, KeyPressed("ok"), CallAnswered(2), JOIN))
    assert [call.conference for call in joined.calls] == [True, True]
    text = status_text(joined)
    assert "in a conference" in text
    assert "for Sales" in text
    given = status_of(after(*TALKING, GIVE, *map(KeyPressed, "300"), GIVE))
    assert given.calls[0].transferring == "300"
    assert "being transferred to 300" in status_text(given)


def test_words_from_afar_cannot_steer_the_terminal() -> None:
    call = CallStatus(
        id=2, account="", direction="in", state="incoming", number="1", name="\x1b[2Jev\til"
    )
    assert "\x1b" not in call_text(call)
    assert "?[2Jev?il" in call_text(call)
    assert printable("a\nb") == "a?b"
    assert (
        event_text({"event": "X", "utc": "now", "monotonic": 1.0, "who": "\x9b"}) == "now X who=?"
    )
