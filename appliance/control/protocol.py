"""What is said on the control socket: requests, answers and the stream of events, as values.

One JSON object a line in each direction. A request names itself in ``request``, an answer in
``answer``, an event in ``event``. Requests are checked strictly, so that a misspelt field is told
and not ignored; answers are read leniently, so that an older client understands a newer phone.
"""

from __future__ import annotations

import dataclasses
import difflib
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from appliance.config.kinds import Key
from appliance.control.status import CallStatus, PastCall, Status
from appliance.errors import ControlError, PhoneError
from appliance.phone.events import Event
from appliance.phone.moment import Moment

MAX_LINE = 64 * 1024
"""Bytes of a request, its line break included."""

KEYS: tuple[str, ...] = tuple(key for key in get_args(Key) if key)
"""Every key of the contract."""

MAX_HOLD_SECONDS = 60.0


class Request(Struct, frozen=True, tag_field="request", forbid_unknown_fields=True):
    """What a client may ask for."""


class Press(Request, frozen=True, tag="press"):
    """Press keys one after the other, each held down for `hold` seconds before it comes up."""

    keys: Annotated[tuple[str, ...], Meta(min_length=1, max_length=64)]
    hold: Annotated[float, Meta(ge=0, le=MAX_HOLD_SECONDS)] = 0.0


class Lift(Request, frozen=True, tag="lift"):
    """Lift the handset."""


class Replace(Request, frozen=True, tag="replace"):
    """Put the handset back."""


class Dial(Request, frozen=True, tag="dial"):
    """Call a number; visual separators are left out (RFC 3966 section 5.1.1)."""

    number: Annotated[str, Meta(min_length=1, max_length=128)]


class HangUp(Request, frozen=True, tag="hangup"):
    """End the call in front."""


class GetStatus(Request, frozen=True, tag="status"):
    """Everything; answered by `StatusAnswer`."""


class GetCalls(Request, frozen=True, tag="calls"):
    """The calls of the status alone; answered by `CallsAnswer`."""


class GetHistory(Request, frozen=True, tag="history"):
    """The call log; answered by `HistoryAnswer`."""


class GetScreen(Request, frozen=True, tag="screen"):
    """What the display shows, as words (`ScreenAnswer`) or as a picture (`PictureAnswer`)."""

    form: Literal["text", "png"] = "text"


class Watch(Request, frozen=True, tag="watch"):
    """Every event from now on, after a `Watching`, until the client closes its side."""


class Reload(Request, frozen=True, tag="reload"):
    """Read the configuration again; answered by `ReloadAnswer`."""


class GetHeard(Request, frozen=True, tag="heard"):
    """What the earpiece played last, and how much of it is the tone `hz`; `HeardAnswer`."""

    hz: Annotated[float, Meta(ge=20, le=20000)] | None = None


AnyRequest = (
    Press
    | Lift
    | Replace
    | Dial
    | HangUp
    | GetStatus
    | GetCalls
    | GetHistory
    | GetScreen
    | Watch
    | Reload
    | GetHeard
)


class Answer(Struct, frozen=True, tag_field="answer"):
    """What a phone answers: one to each request, in order."""


class Done(Answer, frozen=True, tag="done"):
    """It was done."""


class Failed(Answer, frozen=True, tag="failed"):
    """It was not. `code` is stable, `agent` fits the display, `text` is for IT.

    `exit` is the exit code that the contract gives such a problem.
    """

    code: str
    agent: str
    text: str
    exit: int = 1


class StatusAnswer(Answer, frozen=True, tag="status"):
    """The whole status."""

    status: Status


class CallsAnswer(Answer, frozen=True, tag="calls"):
    """The calls, one typed or just ended included."""

    calls: tuple[CallStatus, ...]


class HistoryAnswer(Answer, frozen=True, tag="history"):
    """The calls that are over, the last first."""

    calls: tuple[PastCall, ...]


class ScreenAnswer(Answer, frozen=True, tag="screen"):
    """The words on the display, top to bottom, and the icons above them."""

    lines: tuple[str, ...]
    icons: tuple[str, ...] = ()


class PictureAnswer(Answer, frozen=True, tag="picture"):
    """The display as PNG (base64 on the wire)."""

    png: bytes


class Watching(Answer, frozen=True, tag="watching"):
    """From here on, events."""


class ReloadAnswer(Answer, frozen=True, tag="reloaded"):
    """What came of it."""

    text: str


class HeardAnswer(Answer, frozen=True, tag="heard"):
    """The last 400 ms of the earpiece; see `heard` for what the figures mean.

    `share` is the part of the energy at the tone that was asked about, null if none was.
    """

    level_dbfs: float
    silent: bool
    strongest_hz: float
    share: float | None = None


AnyAnswer = (
    Done
    | Failed
    | StatusAnswer
    | CallsAnswer
    | HistoryAnswer
    | ScreenAnswer
    | PictureAnswer
    | Watching
    | ReloadAnswer
    | HeardAnswer
)

REQUESTS: tuple[str, ...] = tuple(str(kind.__struct_config__.tag) for kind in get_args(AnyRequest))

_requests: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_answers: msgspec.json.Decoder[AnyAnswer] = msgspec.json.Decoder(AnyAnswer)
_encoder = msgspec.json.Encoder(enc_hook=str)


def encode(message: AnyRequest | AnyAnswer) -> bytes:
    """A message as it travels, line break included."""
    return _encoder.encode(message) + b"\n"


def decode_request(line: bytes) -> AnyRequest:
    """Read a request.

    Raises `ControlError` for anything else, with what was wrong and what could have been said.
    """
    try:
        request = _requests.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _not_understood(f"{error}") from error
    if isinstance(request, Press):
        for key in request.keys:
            if key not in KEYS:
                raise _not_understood(unknown_key(key))
    return request


def decode_answer(line: bytes) -> AnyAnswer:
    """Read an answer. Raises `ControlError` if this is none."""
    try:
        return _answers.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise ControlError(
            "CTL-07",
            "No answer",
            f"the phone answered in a way that this program does not know ({error}); expected the"
            " same version on both sides",
        ) from error


def encode_event(event: Event, now: Moment) -> bytes:
    """A whole event as one line: its name, when it came, and every field that may be shown."""
    told: dict[str, Any] = {
        "event": type(event).__name__,
        "monotonic": now.monotonic,
        "utc": now.utc,
    }
    shown = {
        known.name: msgspec.to_builtins(getattr(event, known.name), enc_hook=str)
        for known in dataclasses.fields(event)
        if known.repr
    }
    return _encoder.encode(told | shown) + b"\n"


def failed(error: PhoneError) -> Failed:
    """An error as an answer."""
    return Failed(error.code, error.agent, error.it, error.exit_code)


def failure(answer: Failed) -> PhoneError:
    """An answer as the error that it tells of, with its exit code."""
    error = ControlError(answer.code, answer.agent, answer.text)
    error.exit_code = answer.exit
    return error


def unknown_key(key: str) -> str:
    """What to say about a key that does not exist."""
    return f"found the key {key[:40]!r}, expected {nearest(key, KEYS)}"


def nearest(word: str, names: tuple[str, ...]) -> str:
    """The names that could have been meant: the nearest one first, if there is one."""
    close = difflib.get_close_matches(word[:40].lower(), names, 1)
    every = ", ".join(names)
    return f"one of {every}" + (f"; did you mean {close[0]}?" if close else "")


def _not_understood(why: str) -> ControlError:
    return ControlError(
        "CTL-04",
        "Not understood",
        f"request not understood: {why}; expected a JSON object a line whose `request` is one of"
        f" {', '.join(REQUESTS)}",
    )
