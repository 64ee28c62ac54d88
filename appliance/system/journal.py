"""The journal: what happened, for IT, in words and in fields.

Every event worth a line is logged in one place, `Journal`, so that one rule covers phone numbers:
beyond their last three digits they are shown only where the configuration says so, and so it is
with names that are dialled. Under systemd
the lines go to journald with their fields (``journalctl -t deskphone CALL=3``), elsewhere to
standard error as ``message key=value``. Passwords never get here: no event carries one.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import sys
from datetime import UTC, datetime
from logging.handlers import SysLogHandler
from typing import TextIO

from appliance.config.formats import parse_host_port
from appliance.errors import PhoneError
from appliance.phone import events as ev

log = logging.getLogger("deskphone")

IDENTIFIER = "deskphone"
SHOWN_DIGITS = 3
NOBODY = "anonymous"
"""Who calls without saying so, RFC 3323 section 4.1.1.3."""
_NUMBER = re.compile(r"[+0-9*#().\s-]*")
SYSLOG_PORT = 514


def redact(party: str) -> str:
    """Whom a call is with, as far as the journal may know: the last digits of a number.

    Short numbers stay as they are. A name before a server is hidden whole, for its last letters may
    be all there is to it; ``anonymous`` hides nobody.
    """
    user, at, server = party.partition("@")
    if user == NOBODY:
        return party
    shown = SHOWN_DIGITS if _NUMBER.fullmatch(user) else 0
    hidden = max(0, len(user) - shown)
    return "•" * hidden + user[hidden:] + at + server


class FieldFormatter(logging.Formatter):
    """``12:00:01 INFO message key=value``: the fields of a record after its words."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line for a record."""
        fields = [f"{name.lower()}={value}" for name, value in fields_of(record).items()]
        return " ".join((super().format(record), *fields))


class SyslogFormatter(logging.Formatter):
    """The part of an RFC 5424 line that follows its priority, fields as structured data."""

    def __init__(self) -> None:
        super().__init__()
        self._host = socket.gethostname() or "-"

    def format(self, record: logging.LogRecord) -> str:
        """``1 TIMESTAMP HOST APP PROCID MSGID [deskphone@0 key="value"] words``."""
        moment = datetime.fromtimestamp(record.created, UTC)
        stamp = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z"
        pairs = "".join(
            f' {name.lower()}="{_escape(str(value))}"' for name, value in fields_of(record).items()
        )
        data = f"[deskphone@0{pairs}]" if pairs else "-"
        head = f"1 {stamp} {self._host} {IDENTIFIER} {os.getpid()} -"
        return f"{head} {data} {super().format(record)}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """The structured fields of a record: its extras with upper-case names, as journald has them."""
    return {name: value for name, value in record.__dict__.items() if name.isupper()}


def configure(level: str, syslog: str = "", stream: TextIO = sys.stderr) -> list[logging.Handler]:
    """Send the journal to journald under systemd, else to `stream`; to `syslog` too if it is set.

    `level` is a name of `logging`, `syslog` is ``host[:port]`` (UDP, RFC 5424 and 5426). Returns
    the handlers, for a caller that wants to take them off again. Raises `PhoneError` when the
    syslog server's name cannot be resolved.
    """
    handlers: list[logging.Handler] = [_local_handler(stream)]
    if syslog:
        server = parse_host_port(syslog)
        try:
            remote = SysLogHandler((server.host, server.port or SYSLOG_PORT))
        except OSError as error:
            raise PhoneError(
                "LOG-01",
                "No log server",
                f"[log] syslog = {syslog!r}: {error}; check the name, or leave the key out",
            ) from error
        remote.append_nul = False
        remote.setFormatter(SyslogFormatter())
        handlers.append(remote)
    root = logging.getLogger()
    root.setLevel(level.upper())
    for handler in handlers:
        root.addHandler(handler)
    if _under_systemd() and isinstance(handlers[0], logging.StreamHandler):
        log.warning("systemd-python is missing: the journal has words, and no fields of their own")
    return handlers


def _under_systemd() -> bool:
    """Whether standard error leads to journald (systemd.exec, JOURNAL_STREAM)."""
    return bool(os.environ.get("JOURNAL_STREAM"))


def _local_handler(stream: TextIO) -> logging.Handler:
    if _under_systemd():
        try:
            from systemd.journal import JournalHandler
        except ImportError:
            pass
        else:
            journald: logging.Handler = JournalHandler(SYSLOG_IDENTIFIER=IDENTIFIER)
            return journald
    handler = logging.StreamHandler(stream)
    handler.setFormatter(FieldFormatter())
    return handler


class Journal:
    """Turns events into lines. Called with every event of a phone, on the loop's thread."""

    def __init__(self, *, redact_numbers: bool = True) -> None:
        self._redact = redact_numbers
        self._media: dict[int, ev.CallMedia] = {}

    def number(self, number: str) -> str:
        """A phone number as it may stand in a log."""
        return redact(number) if self._redact else number

    def __call__(self, event: ev.Event) -> None:
        """Log `event` if it is worth a line."""
        match event:
            case ev.RegistrationChanged(account, "failed"):
                log.warning(
                    "registration failed: %s. %s",
                    event.text,
                    event.next_step,
                    extra={
                        "ACCOUNT": account,
                        "VERDICT": event.verdict,
                        "CODE": event.code,
                        "EVIDENCE": event.evidence,
                    },
                )
            case ev.RegistrationChanged(account, "registered"):
                self._registered(event)
            case ev.CallIncoming(call, account, number):
                log.info(
                    "call from %s", self.number(number), extra={"CALL": call, "ACCOUNT": account}
                )
            case ev.CallProgress(call, code):
                log.info("call progress %d", code, extra={"CALL": call, "CODE": code})
            case ev.CallAnswered(call):
                log.info("call answered", extra={"CALL": call})
            case ev.CallMedia():
                self._agreed(event)
            case ev.CallEnded(call, code, reason):
                self._media.pop(call, None)
                log.info("call ended: %s", reason, extra={"CALL": call, "CODE": code})
            case ev.HeadsetChanged(state, identity, name):
                log.info("headset %s: %s", state, name, extra={"HEADSET": identity})
            case ev.ProblemFound(part, code, text) if text:
                log.error("%s: %s", part, text, extra={"PART": part, "ERROR": code})
            case ev.ProblemFound(part):
                log.info("%s works again", part, extra={"PART": part})
            case _:
                self._detail(event)

    def _agreed(self, event: ev.CallMedia) -> None:
        """A call's media, if it is another than before: a session is refreshed for hours."""
        before = self._media.get(event.call)
        self._media[event.call] = event
        if before is None or (before.codec, before.secure) != (event.codec, event.secure):
            extra = {"CALL": event.call, "SECURE": event.secure}
            log.info("media %s", event.codec, extra=extra)

    def _registered(self, event: ev.RegistrationChanged) -> None:
        fields = {"ACCOUNT": event.account, "VERDICT": event.verdict}
        log.info("registered for %d s at %s", event.expires_in, event.server_in_use, extra=fields)
        if event.verdict != "ok":
            log.warning(
                "registered, but calls may not arrive: %s. %s",
                event.text,
                event.next_step,
                extra=fields | {"EVIDENCE": event.evidence},
            )

    def _detail(self, event: ev.Event) -> None:
        match event:
            case ev.DialRequested(number):
                log.info("a program dials %s", self.number(number))
            case ev.TransferProgress(call, code, reason) if code >= 200:
                said = "transferred" if code < 300 else f"transfer failed: {reason}"
                log.info("call %s", said, extra={"CALL": call, "CODE": code})
            case ev.CallReferred(call, into, number):
                told = self.number(number)
                log.info("the server moves a call to %s", told, extra={"CALL": call, "INTO": into})
            case ev.CallReplaced(call, by, number):
                told = self.number(number)
                log.info(
                    "a call from %s takes the place of one", told, extra={"CALL": call, "BY": by}
                )
            case ev.TimerFired(name):
                log.debug("timer %s", name)
            case _:
                log.debug("%s", type(event).__name__)
