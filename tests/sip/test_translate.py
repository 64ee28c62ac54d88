from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.sip.quality import mouth_to_ear, opinion_score
from appliance.sip.translate import (
    caller,
    end_code,
    header,
    is_secured,
    name_addr,
    reason_causes,
    seconds_in,
    sip_cause,
    sip_uri,
    user_part,
    volume_gain,
    why_ended,
)


def invite(value: str, name: str = "From") -> str:
    return f"INVITE sip:1 SIP/2.0\r\nVia: x\r\n{name}: {value}\r\nTo: <sip:1>\r\n\r\nFrom: body"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('"Ann Other" <sip:2001@h>;tag=1', ("2001", "Ann Other")),
        ("Ann Other <sip:2001@h>;tag=1", ("2001", "Ann Other")),
        ("<sip:2001@h;transport=udp>;tag=1", ("2001", "")),
        ("sip:2001@h;tag=1", ("2001", "")),
        ('"A \\"B\\" <C>" <sip:2001@h>', ("2001", 'A "B" <C>')),
        ("<sip:%23600;phone-context=x:pw@h>", ("#600", "")),
        ("<tel:+4930123;isub=1>", ("+4930123", "")),
        ("<sips:host.example>", ("host.example", "")),
        ('"Jürgen" <sip:+49@h>', ("+49", "Jürgen")),
        ("nonsense", ("nonsense", "")),
        ("", ("", "")),
    ],
)
def test_the_caller_is_read_from_the_from_header(value: str, expected: tuple[str, str]) -> None:
    assert caller(invite(value)) == expected


def test_the_compact_and_the_folded_form_are_read() -> None:
    assert caller(invite('"Ann"\r\n <sip:2001@h>', "f")) == ("2001", "Ann")
    assert header(invite("x"), "to", "t") == "<sip:1>"
    assert header(invite("x"), "Content") == ""


@given(st.text(max_size=200))
def test_any_from_header_has_a_caller(value: str) -> None:
    number, name = caller(f"INVITE x SIP/2.0\r\nFrom:{value}\r\n\r\n")
    assert isinstance(number, str)
    assert isinstance(name, str)


@given(st.text(alphabet="0123456789*#+abc@:; %", min_size=1, max_size=20))
def test_what_is_dialled_survives_the_uri(number: str) -> None:
    uri = sip_uri(number, "h:5060")
    assert uri.endswith("@h:5060")
    assert user_part(uri) == number


@given(st.text(max_size=40))
def test_a_display_name_survives_its_quotes(name: str) -> None:
    printable = "".join(c for c in name if c.isprintable())
    message = f"INVITE x SIP/2.0\r\nFrom: {name_addr(name, 'sip:1@h')}\r\n\r\n"
    assert caller(message) == ("1", " ".join(printable.split()))


def test_ends_are_told_apart() -> None:
    assert end_code(200, True) == 0
    assert end_code(486, False) == 486
    assert end_code(408, True) == 408
    assert end_code(0, True) == 0


def test_security_and_seconds_are_read() -> None:
    assert is_secured("  SRTP status: Active Crypto-suite: AES_CM_128_HMAC_SHA1_80\n")
    assert not is_secured("  SRTP status: Not active Crypto-suite:\n")
    assert (seconds_in("900"), seconds_in("60 ;x"), seconds_in("soon")) == (900, 60, 0)


def test_levels_are_decibels() -> None:
    assert volume_gain(0) == 0.0
    assert volume_gain(80) == 1.0
    assert volume_gain(100) == pytest.approx(2.0, abs=0.01)
    assert volume_gain(60) == pytest.approx(0.5, abs=0.01)


def test_opinion_scores_are_those_of_the_e_model() -> None:
    assert opinion_score("pcmu", 0, 0, 0.0) == 0.0
    assert opinion_score("pcmu", 1000, 0, mouth_to_ear(0.0, 0.0)) == 4.4
    assert opinion_score("g729", 1000, 0, mouth_to_ear(0.0, 40.0)) == 4.0
    assert opinion_score("pcmu", 950, 50, 60.0) == pytest.approx(3.9, abs=0.2)
    assert opinion_score("pcmu", 1000, 0, 400.0) < 3.6
    assert opinion_score("unheard-of", 1, 999, 900.0) == 1.0


@given(st.integers(0, 10**6), st.integers(-5, 10**6), st.floats(0, 5000))
def test_opinion_scores_stay_on_their_scale(rx: int, lost: int, delay: float) -> None:
    score = opinion_score("opus", rx, lost, delay)
    assert score == 0.0 or 1.0 <= score <= 4.5


@given(st.integers(1, 10**4), st.integers(0, 10**4))
def test_loss_never_helps(rx: int, lost: int) -> None:
    assert opinion_score("opus", rx, lost, 50.0) <= opinion_score("opus", rx, 0, 50.0)


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ('Reason: SIP;cause=200;text="Call completed elsewhere"', 200),
        ('reason : sip ; text="a, b"; cause = 600', 600),
        ("Reason: Q.850;cause=16\r\nReason: SIP;cause=487", 487),
        ("Reason: Q.850;cause=200", 0),
        ('Reason: Q.850;text=",SIP;cause=200"', 0),
        ("X-Reason: SIP;cause=200", 0),
        ("Max-Forwards: 70", 0),
    ],
)
def test_the_cause_in_a_reason_header(headers: str, cause: int) -> None:
    message = f"CANCEL sip:1001@x SIP/2.0\r\n{headers}\r\n\r\nReason: SIP;cause=603"
    assert sip_cause(message) == cause


def test_causes_are_told_without_words() -> None:
    reasons = 'Q.850;cause=16;text="to 0305551234", SIP ; cause=480, X;text="y"'
    message = f"BYE sip:x SIP/2.0\r\nReason: {reasons}\r\n\r\n"
    assert reason_causes(message) == ["Q.850 16", "SIP 480"]


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        ('Reason: SIP;cause=500;text="Agent logged out"', "Agent logged out"),
        ('reason : Q.850 ; cause=41 ; text="Temporary  failure"', "Temporary failure"),
        ('Reason: Q.850;text="He said \\"no\\"; cause=16";cause=41', 'He said "no"; cause=16'),
        ('Reason: Q.850;cause=16;text="Normal call clearing"', ""),
        ('Reason: Q.850;cause=16\r\nReason: X;text="Kicked"', "Kicked"),
        ('Reason: Q.850;cause=16;text="Normal", SIP;cause=480;text="None, now"', "None, now"),
        ('Reason: SIP;cause=480, Q.850;cause=16;text="Normal"', ""),
        ("Reason: Q.850;cause=38", ""),
        ('Reason: Q.850;cause=38;text="never closed', ""),
        ("Subject: x", ""),
    ],
)
def test_why_a_call_was_ended(headers: str, words: str) -> None:
    message = f'BYE sip:1001@x SIP/2.0\r\n{headers}\r\n\r\nReason: SIP;cause=603;text="Body"'
    assert why_ended(message) == words
