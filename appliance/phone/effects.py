"""What a phone can do to the world: the muscles' vocabulary, as values.

`step` returns effects, the loop performs them. Commands (place, answer, hang up …) are said once;
standing orders (tone, ringer, lamps, microphone, who is heard, timers, display) are derived from
the state and said whenever they change, so that a tone cannot be left on by a forgotten line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from appliance.phone.policy import SetPolicy
from appliance.phone.preferences import Preferences

if TYPE_CHECKING:
    from appliance.phone.calllog import Record

Tone = Literal[
    "none", "dial", "ringback", "busy", "congestion", "call-waiting", "off-hook-warning",
    "auto-answer",
]  # fmt: skip
LampState = Literal["off", "on", "blinking"]
Volume = Literal["earpiece", "ringer"]
PAUSE = ","
"""Stands in a number for a pause, behind which digits follow as DTMF."""


@dataclass(frozen=True, slots=True)
class Register:
    """Send REGISTER for the account with this index; `server` counts through its servers.

    After `patience` seconds without an answer it is given up. A `fresh` one goes over a connection
    of its own, on which the server has to show its certificate anew.
    """

    account: int
    server: int = 0
    patience: float = 5.0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class SeekServer:
    """Find out whether a server of the account better than number `server` answers.

    Those that are `closed` have asked to be left alone.
    """

    account: int
    server: int
    closed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceCall:
    """INVITE `number` from `account`; the call is known as `call` from now on."""

    call: int
    account: int
    number: str


@dataclass(frozen=True, slots=True)
class AnswerCall:
    """200 OK to an incoming INVITE."""

    call: int


@dataclass(frozen=True, slots=True)
class EndCall:
    """End a call as its state demands: CANCEL, BYE, or the final response `code` to an INVITE."""

    call: int
    code: int = 486


@dataclass(frozen=True, slots=True)
class ForwardCall:
    """302 Moved Temporarily to an incoming INVITE: its server shall call `number` instead."""

    call: int
    number: str


@dataclass(frozen=True, slots=True)
class HoldCall:
    """Hold (re-INVITE with sendonly, RFC 3264 section 8.4) or resume a call."""

    call: int
    held: bool


@dataclass(frozen=True, slots=True)
class TransferCall:
    """Ask the far end of `call` to call `number` instead (REFER, RFC 3515).

    With a `target`, another call of ours, it is asked to take our place in that one (Replaces,
    RFC 3891) and `number` says nothing. `serial` counts the REFERs of this call, from 1: one that
    was never answered to its end is given up for the next.
    """

    call: int
    number: str = ""
    target: int = 0
    serial: int = 1


@dataclass(frozen=True, slots=True)
class CheckCall:
    """Ask the far end whether it still knows a call (RFC 3261 section 12.2.1.2).

    Told by `CallLives`; one that is gone ends.
    """

    call: int


@dataclass(frozen=True, slots=True)
class WatchCall:
    """Notice that the far end has let go of this call without a word; 0: of none."""

    call: int = 0


@dataclass(frozen=True, slots=True)
class SendDigits:
    """Send DTMF digits in a call by the account's method; a `PAUSE` among them waits 2 s."""

    call: int
    digits: str


@dataclass(frozen=True, slots=True)
class SetDigit:
    """Sound a DTMF digit in a call, by the account's method, until told otherwise; call 0: none.

    `press` tells a key from the same one before, if nobody saw that come up.
    """

    call: int = 0
    digit: str = ""
    press: int = 0


@dataclass(frozen=True, slots=True)
class SetTone:
    """Play a call-progress tone in the earpiece until told otherwise."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class SetRinger:
    """Ring, or stop ringing; `ring` is one of `audio.tones.RINGS`, or ``silent``.

    ``headset-lost`` is the alarm for a headset that went in the middle of a call.
    """

    ringing: bool
    ring: str = "ring"


@dataclass(frozen=True, slots=True)
class SetAudio:
    """Join the headset to this call (0: to none); `muted` closes the microphone.

    `others` are joined to both of them: a conference, mixed here.
    """

    call: int
    muted: bool
    others: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SetLamp:
    """Light a lamp of the unit."""

    lamp: str
    state: LampState


@dataclass(frozen=True, slots=True)
class SetHeadset:
    """Tell the headset what the phone is: its lights, and its own picture of the call."""

    off_hook: bool
    ringing: bool
    muted: bool
    held: bool


@dataclass(frozen=True, slots=True)
class StepVolume:
    """Make the earpiece or the ringer one step louder (+1) or quieter (-1)."""

    which: Volume
    steps: int


@dataclass(frozen=True, slots=True)
class KeepPreferences:
    """Have these be found again after a restart."""

    preferences: Preferences


@dataclass(frozen=True, slots=True)
class KeepCall:
    """Have this call be found again after a restart; replaces what was said of it before."""

    record: Record


@dataclass(frozen=True, slots=True)
class SeeMissed:
    """Have it be known after a restart that the missed calls so far were seen."""


@dataclass(frozen=True, slots=True)
class TestHeadset:
    """Test the headset, or give the test up: whoever rings or speaks needs the device."""

    running: bool


@dataclass(frozen=True, slots=True)
class ReadFacts:
    """Look at what this unit is just now, to be told as `FactsRead`."""


@dataclass(frozen=True, slots=True)
class SetUpByHand:
    """Live anew with this account, which somebody has typed; answered by `ProblemFound` if not.

    Without a user, live anew without the one that was typed before.
    """

    server: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    transport: Literal["udp", "tcp", "tls"] = "udp"


@dataclass(frozen=True, slots=True)
class SetBrightness:
    """Make the display this bright, 0 to 100 percent; 0 is dark."""

    percent: int


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Deliver ``TimerFired(name, due)`` at the monotonic moment `due`; replaces an earlier one."""

    name: str
    due: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget the timer `name`."""

    name: str


Effect = (
    Register
    | SeekServer
    | PlaceCall
    | AnswerCall
    | EndCall
    | ForwardCall
    | HoldCall
    | TransferCall
    | CheckCall
    | WatchCall
    | SendDigits
    | SetDigit
    | SetTone
    | SetRinger
    | SetAudio
    | SetLamp
    | SetHeadset
    | StepVolume
    | KeepPreferences
    | KeepCall
    | SeeMissed
    | TestHeadset
    | ReadFacts
    | SetBrightness
    | SetUpByHand
    | SetPolicy
    | StartTimer
    | StopTimer
)
