"""The journal: fields, redaction, and no secrets by way of numbers."""

from __future__ import annotations

import io
import logging
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.errors import PhoneError
from appliance.phone import events as ev
from appliance.system.journal import Journal, configure, redact


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    """The root logger, put back as it was."""
    logger = logging.getLogger()
    level, handlers = logger.level, list(logger.handlers)
    yield logger
    for handler in set(logger.handlers) - set(handlers):
        logger.removeHandler(handler)
        handler.close()
    logger.setLevel(level)


@given(st.from_regex(r"\+?[0-9*#]{0,30}", fullmatch=True))
def test_redaction_keeps_the_length_and_the_last_three(number: str) -> None:
    hidden = redact(number)
    assert len(hidden) == len(number)
    assert hidden[-3:] == number[-3:]
    assert set(hidden[:-3]) <= {"•"}


@pytest.mark.parametrize(
    ("party", "shown"),
    [
        ("ann.other@example.com", "•••••••••@example.com"),
        ("bob", "•••"),
        ("5551234567@pbx.example.com", "•••••••567@pbx.example.com"),
        ("+49 (30) 555-1234", "••••••••••••••234"),
        ("anonymous", "anonymous"),
        ("anonymous@anonymous.invalid", "anonymous@anonymous.invalid"),
        ("600", "600"),
        ("", ""),
    ],
)
def test_a_name_is_hidden_whole_and_its_server_is_not(party: str, shown: str) -> None:
    assert redact(party) == shown


def _lines(monkeypatch: pytest.MonkeyPatch, journal: Journal, *events: ev.Event) -> str:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    stream = io.StringIO()
    configure("debug", stream=stream)
    for event in events:
        journal(event)
    return stream.getvalue()


def test_numbers_are_hidden_unless_it_is_configured(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = ev.CallIncoming(2, 0, "5551234567", "Ann")
    text = _lines(monkeypatch, Journal(), incoming, ev.DialRequested("5557654321"))
    assert "555123" not in text and "555765" not in text
    assert "•••••••567" in text and "321" in text and "call=2" in text
    assert "5551234567" in _lines(monkeypatch, Journal(redact_numbers=False), incoming)


def test_every_sort_of_event_has_a_line(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _lines(
        monkeypatch,
        Journal(),
        ev.RegistrationChanged(0, "failed", 401, "wrong-password", "Password not accepted", "Do."),
        ev.RegistrationChanged(0, "registered", 200, "ok", expires_in=300, server_in_use="pbx"),
        ev.RegistrationChanged(0, "registered", 200, "nat-rewritten", "A router", evidence="seen"),
        ev.CallProgress(1, 180),
        ev.CallAnswered(1),
        ev.CallMedia(1, "opus", secure=True),
        ev.CallEnded(1, 486, "Busy Here"),
        ev.HeadsetChanged("ready", "usb-1", "Headset"),
        ev.ProblemFound("display", "HW-01", "no display"),
        ev.ProblemFound("display", "", ""),
        ev.TimerFired("clock", 1.0),
        ev.KeyPressed("5"),
    )
    for part in (
        *("calls may not arrive: A router", "verdict=nat-rewritten evidence=seen"),
        *("verdict=wrong-password", "registered for 300 s at pbx", "call progress 180"),
        *("call answered", "media opus", "code=486", "headset ready", "error=HW-01"),
        *("display works again", "timer clock", "KeyPressed"),
    ):
        assert part in text, part
    assert "KeyPressed('5')" not in text


def test_media_has_a_line_when_it_is_new_and_not_for_every_re_invite(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _lines(
        monkeypatch,
        Journal(),
        ev.CallMedia(1, "opus"),
        ev.CallMedia(1, "opus", held=True),
        ev.CallMedia(3, "opus"),
        ev.CallMedia(1, "opus", secure=True),
        ev.CallEnded(1),
        ev.CallMedia(1, "opus", secure=True),
    )
    assert [line.split(" media ")[1] for line in text.splitlines() if " media " in line] == [
        "opus call=1 secure=False",
        "opus call=3 secure=False",
        "opus call=1 secure=True",
        "opus call=1 secure=True",
    ]


def test_calls_that_are_given_away_have_lines_without_numbers(
    root: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = _lines(
        monkeypatch,
        Journal(),
        ev.TransferProgress(1, 180, "Ringing"),
        ev.TransferProgress(1, 200, "OK"),
        ev.TransferProgress(3, 486, "Busy Here"),
        ev.CallReferred(5, 2, "5551234567"),
        ev.CallReplaced(5, 4, "5557654321", "Eve"),
    )
    for part in (
        *("call transferred", "transfer failed: Busy Here", "call=3 code=486"),
        *("moves a call to •••••••567", "call from •••••••321 takes the place", "by=4"),
    ):
        assert part in text, part
    assert "5551" not in text and "Eve" not in text


def test_syslog_lines_are_rfc_5424(root: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        configure("info", f"127.0.0.1:{server.getsockname()[1]}", io.StringIO())
        Journal()(ev.ProblemFound("oled", "HW-01", 'say "no" ]'))
        line = server.recv(2048).decode()
    assert line.startswith("<11>1 ")
    assert " deskphone " in line and '[deskphone@0 part="oled" error="HW-01"]' in line
    assert line.endswith('oled: say "no" ]')


def test_a_log_server_may_be_an_ipv6_address(root: logging.Logger) -> None:
    handlers = configure("info", "[::1]:5514", io.StringIO())
    assert handlers[1].address == ("::1", 5514)  # type: ignore[attr-defined]


def test_an_unknown_log_server_is_said(root: logging.Logger) -> None:
    with pytest.raises(PhoneError, match="no-such-host"):
        configure("info", "no-such-host.invalid", io.StringIO())
