"""What can happen to a phone: the one flat vocabulary that every sense speaks.

An event is a fact in the past tense, a frozen value of ints, strings and tuples, so that it may
cross a thread. Calls carry the id they were given by whoever began them (odd: this phone, even:
the far end, as HTTP/2 numbers its streams, RFC 9113 section 5.1.1), timers carry the moment for
which they were set; a late event therefore names something that no longer exists and changes
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from appliance.phone.moment import Moment

if TYPE_CHECKING:
    from appliance.phone.settings import Settings

RegistrationState = Literal["off", "trying", "registered", "failed"]
HeadsetState = Literal["ready", "missing"]
CallsOf = Literal["unknown", "idle", "ringing", "busy"]
Unwanted = Literal["dnd", "full", "forwarded"]
"""Why a call did not ring: nobody is to be disturbed, no line is free, or it went elsewhere."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is now `now`. Precedes every other event that the loop delivers."""

    now: Moment


@dataclass(frozen=True, slots=True)
class PhoneStarted:
    """Everything is in its place; the phone may begin to register."""


@dataclass(frozen=True, slots=True)
class TimerFired:
    """The timer `name`, set for the monotonic moment `due`, has run out."""

    name: str
    due: float


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key of the contract went down."""

    key: str


@dataclass(frozen=True, slots=True)
class KeyReleased:
    """A key of the contract came up."""

    key: str


@dataclass(frozen=True, slots=True)
class HookLifted:
    """The handset left its cradle: off-hook."""


@dataclass(frozen=True, slots=True)
class HookReplaced:
    """The handset was put back: on-hook."""


@dataclass(frozen=True, slots=True)
class DialRequested:
    """A program on this unit (``ctl dial``) asks for a call to `number`."""

    number: str


@dataclass(frozen=True, slots=True)
class HangUpRequested:
    """A program on this unit (``ctl hangup``) asks that the call in front be ended."""


@dataclass(frozen=True, slots=True)
class HeadsetChanged:
    """The headset appeared (``ready``) or disappeared (``missing``)."""

    state: HeadsetState
    id: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class HeadsetHook:
    """The hook button of the headset: its wearer wants to be off-hook, or on-hook."""

    off_hook: bool


@dataclass(frozen=True, slots=True)
class RegistrationChanged:
    """The registrar answered for `account` (its index), or nobody did.

    `code` is the SIP status (0 when no answer came), `verdict` one of the contract's words,
    `text` and `next_step` the words for the agent and for IT, `evidence` what was seen.
    """

    account: int
    state: RegistrationState
    code: int = 0
    verdict: str = ""
    text: str = ""
    next_step: str = ""
    evidence: str = ""
    expires_in: int = 0
    server_in_use: str = ""
    retry_after: float = 0.0
    """Seconds for which the server asked to be left alone (RFC 3261 section 20.33)."""
    alternatives: int = 0
    """Hosts of the same server that were not tried yet (SRV records, several addresses)."""
    spare: bool = False
    """The host in use is not of the best priority that the server's SRV records name."""
    offers: int = 1
    """How often the credentials were offered, where they were refused."""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """The connection to the registrar of `account` is gone.

    `dead`: it stopped answering, rather than being closed; `alternatives` as above.
    """

    account: int
    dead: bool = False
    alternatives: int = 0


@dataclass(frozen=True, slots=True)
class ServerFound:
    """A server of `account` that is better than the one in use answers again."""

    account: int
    server: int


@dataclass(frozen=True, slots=True)
class NetworkChanged:
    """Link, address or route of this unit are others; `online`: there is a way out."""

    online: bool


@dataclass(frozen=True, slots=True)
class ClockSet:
    """Somebody, most likely a time server, has set this unit's clock to another time."""


@dataclass(frozen=True, slots=True)
class CallIncoming:
    """An INVITE from the trusted server; 180 Ringing is already on its way."""

    call: int
    account: int
    number: str
    name: str = ""
    diverted_from: str = ""
    """Who was called first, if the call was diverted to this phone (RFC 5806, RFC 7044)."""
    trusted: bool = False
    """The server that the account is registered with has sent it, and not somebody else."""
    answer_after: float | None = None
    """Seconds of ringing after which that server wants it to be answered by itself."""
    marked: bool = False
    """It has the header by which a session is known."""


@dataclass(frozen=True, slots=True)
class CallTurnedAway:
    """A call that did not ring here, and has been answered accordingly."""

    call: CallIncoming
    why: Unwanted


@dataclass(frozen=True, slots=True)
class CallProgress:
    """A provisional response (RFC 3261, 13.2.2.1): 180 rings, 183 with SDP is early media.

    100 is the server's word that it has the call.
    """

    call: int
    code: int
    early_media: bool = False


@dataclass(frozen=True, slots=True)
class CallAnswered:
    """The dialog is confirmed: the far end answered, or our answer was acknowledged."""

    call: int


@dataclass(frozen=True, slots=True)
class CallMedia:
    """The media of a call as last negotiated (RFC 3264): which codec, secured or not, who holds.

    `held` is what the last `HoldCall` asked for while that is pursued, and afterwards what was
    truly reached, so that a hold which the far end refused can be undone. It never contradicts a
    `HoldCall` that is still on its way.
    """

    call: int
    codec: str = ""
    secure: bool = False
    held: bool = False
    remote_held: bool = False


@dataclass(frozen=True, slots=True)
class CallEnded:
    """The dialog is over. `code` is the final SIP status, 0 for an ordinary hang-up (BYE).

    200 means that another phone took the call while it rang here (RFC 3326).
    """

    call: int
    code: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PartyChanged:
    """The server says who is at the other end now (P-Asserted-Identity, RFC 3325)."""

    call: int
    number: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class TransferProgress:
    """What became of a `TransferCall`: the REFER's answer, or what NOTIFY tells (RFC 3515).

    `code` is a SIP status: below 200 it goes on, 2xx the call has gone over, above that it failed.
    `serial` is that of the `TransferCall`.
    """

    call: int
    code: int
    reason: str = ""
    serial: int = 1


@dataclass(frozen=True, slots=True)
class CallLives:
    """The far end still knows the call that was asked after (`CheckCall`)."""

    call: int


@dataclass(frozen=True, slots=True)
class CallReferred:
    """The server had `call` placed anew, to `number` (REFER); the new call is known as `into`."""

    call: int
    into: int
    number: str


@dataclass(frozen=True, slots=True)
class CallReplaced:
    """Another call, `by`, took the place of `call` (Replaces, RFC 3891); it is answered already."""

    call: int
    by: int
    number: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class RemoteControl:
    """The server wants a call answered or resumed (``talk``), or held (``hold``)."""

    call: int
    action: Literal["talk", "hold"]


@dataclass(frozen=True, slots=True)
class TextReceived:
    """The server of an account sent words for the display (MESSAGE, RFC 3428), and from whom."""

    account: int
    number: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class MessagesChanged:
    """The mailbox of an account holds this many new messages (RFC 3842)."""

    account: int
    count: int
    urgent: int = 0
    """How many of them are urgent."""
    number: str = ""
    """What is dialled to hear them, where the server says it (Message-Account)."""


@dataclass(frozen=True, slots=True)
class ColleagueChanged:
    """What the phone of a watched number does (RFC 4235); ``unknown`` when it is not told."""

    number: str
    calls: CallsOf


@dataclass(frozen=True, slots=True)
class VolumeChanged:
    """A level was changed by a key; it is now `percent` of what the device can do."""

    which: str
    percent: int


@dataclass(frozen=True, slots=True)
class ProblemFound:
    """A part of the phone reports trouble (`code`), with words for the display; `""` clears it."""

    part: str
    code: str
    text: str


@dataclass(frozen=True, slots=True)
class HeadsetTested:
    """What the headset's self-test has found: words for the agent, and the device it was."""

    text: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class FactsRead:
    """What this unit is just now.

    Its network, and what it runs, are lines for the display. Empty is what the unit cannot tell.
    """

    network: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    mac: str = ""
    """Twelve lower-case hexadecimal digits."""
    serial: str = ""
    """As the maker of its board gave it."""
    address: str = ""
    """Of all its addresses the one that IT would look for it at."""


@dataclass(frozen=True, slots=True)
class ResyncRequested:
    """The server asks the unit to look for a newer configuration (NOTIFY ``check-sync``).

    `restart`: it is to start anew even if there is none.
    """

    restart: bool = False


@dataclass(frozen=True, slots=True)
class ConfigurationChanged:
    """Other settings hold from now on, for as many accounts as before.

    `accounts` prove themselves otherwise now, or are to be tried anew. `keys` names what has
    changed, as the configuration does.
    """

    settings: Settings = field(repr=False)
    accounts: tuple[int, ...] = ()
    keys: tuple[str, ...] = ()


Event = (
    TimePassed
    | PhoneStarted
    | TimerFired
    | KeyPressed
    | KeyReleased
    | HookLifted
    | HookReplaced
    | DialRequested
    | HangUpRequested
    | HeadsetChanged
    | HeadsetHook
    | RegistrationChanged
    | ConnectionLost
    | ServerFound
    | NetworkChanged
    | ConfigurationChanged
    | ClockSet
    | CallIncoming
    | CallTurnedAway
    | CallProgress
    | CallAnswered
    | CallMedia
    | CallEnded
    | PartyChanged
    | TransferProgress
    | CallLives
    | CallReferred
    | CallReplaced
    | RemoteControl
    | TextReceived
    | MessagesChanged
    | ColleagueChanged
    | VolumeChanged
    | ProblemFound
    | HeadsetTested
    | FactsRead
    | ResyncRequested
)
