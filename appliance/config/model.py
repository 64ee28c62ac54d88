"""What may be configured: one msgspec Struct for each section of the contract.

A key stands here only when the phone obeys it. Its annotation carries all there is to know about
it (type, range, unit, format, words); the validator, the JSON Schema, the messages and the table
in the README are derived from that, so that none of them can say something else. ``format`` names a
check in `formats`; ``x-masked`` marks what is never shown (``always``), or not before it has proved
to be harmless (``in messages``: people do write the secret itself where its file is asked for).
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from appliance.config.account import Account, Nat
from appliance.config.kinds import (
    MAX_ACCOUNTS,
    AcceptCallsFrom,
    BlindTransfer,
    Code,
    Codec,
    Country,
    Digit,
    Driver,
    EchoCancellation,
    Emergency,
    Given,
    HeaderField,
    HookClosed,
    Keys,
    Language,
    Level,
    Number,
    Percent,
    Pin,
    PinCode,
    Pins,
    Preset,
    Reference,
    Section,
    Server,
    UserAgent,
    meta,
)
from appliance.config.provision import Provisioning


class Phone(Section, frozen=True, kw_only=True):
    """The phone as a whole."""

    name: Annotated[Given, meta("Name of the unit on the idle screen and in the status")] = (
        "Deskphone"
    )
    language: Annotated[Language, meta("Language of the display")] = "en"
    timezone: Annotated[
        Given | None,
        meta("Time zone of the clock, by its IANA name; default: the machine's", form="iana-tz"),
    ] = None
    country: Annotated[
        Country,
        meta(
            "Whose call-progress tones the phone plays, whose emergency numbers it knows, and how"
            " numbers in the directory are written"
        ),
    ] = "us"
    start_spread: Annotated[
        float,
        Meta(ge=0, le=600),
        meta(
            "Time over which the phones of a site share out their registrations when the power or"
            " their server comes back; a phone that is used does not wait; 0: none is shared out",
            unit="s",
        ),
    ] = 58.0


class Audio(Section, frozen=True, kw_only=True):
    """Headset, codecs and levels."""

    headset: Annotated[
        Given, meta("`auto`, a stable id from `deskphone audio list`, or the name of an ALSA PCM")
    ] = "auto"
    ringer: Annotated[
        Given,
        meta("Where it rings: `headset`, a stable id from `deskphone audio list`, or an ALSA PCM"),
    ] = "headset"
    codecs: Annotated[
        tuple[Codec, ...],
        Meta(min_length=1, max_length=7),
        meta("Codecs to offer, the preferred one first"),
    ] = ("opus", "g722", "pcmu", "pcma")
    earpiece_volume: Annotated[Percent, meta("Level of the earpiece", unit="%")] = 80
    microphone_volume: Annotated[Percent, meta("Level of the microphone", unit="%")] = 80
    ringer_volume: Annotated[Percent, meta("Level of the ringer; 0 is silent", unit="%")] = 80
    echo_cancellation: Annotated[EchoCancellation, meta("Which echo canceller runs in calls")] = (
        "webrtc"
    )


class Dial(Section, frozen=True, kw_only=True):
    """How keys become numbers."""

    digit_map: Annotated[
        Given,
        meta("When a number is complete, in the notation of RFC 3435", form="digit-map"),
    ] = "*x.T|x.T"
    interdigit_timeout: Annotated[
        float,
        Meta(ge=1, le=30),
        meta("Pause after which an unfinished number is dialled", unit="s"),
    ] = 4.0
    speed_dial: Annotated[
        dict[Digit, Number],
        meta(
            'Numbers behind a long press of a digit: `1 = "600"`; in `"600,12"` the digits behind'
            " the comma are sent 2 s after the answer"
        ),
    ] = field(default_factory=dict)
    hotline: Annotated[Number | None, meta("Number that a lifted handset calls by itself")] = None
    hotline_delay: Annotated[
        float,
        Meta(ge=0, le=30),
        meta("Time that is left for dialling something else than the hot-line", unit="s"),
    ] = 0.0
    blind_transfer: Annotated[
        BlindTransfer,
        meta(
            "When a call goes over to a number that has not been asked: when it answers, on hold"
            " here until then, or at once, which is up to the server"
        ),
    ] = "on-answer"
    park: Annotated[
        Number | None,
        meta(
            "Where a call is transferred to be parked; default: to one of `park_slots`, which the"
            " agent chooses"
        ),
    ] = None
    park_slots: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        meta("Numbers that are called to fetch a parked call"),
    ] = ()
    watch: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        meta(
            "Numbers whose phones are watched, from the first account: colleagues, and `park_slots`"
        ),
    ] = ()
    pickup: Annotated[
        Code | None,
        meta("Feature code that takes a colleague's ringing call; the number follows"),
    ] = None
    group_pickup: Annotated[
        Code | None, meta("Feature code that takes a ringing call of the group")
    ] = None
    emergency: Annotated[
        tuple[Emergency, ...],
        Meta(max_length=16),
        meta(
            "Emergency numbers besides the country's: dialled at once, over any account, whatever"
            " the digit map says"
        ),
    ] = ("911", "112")


class Codes(Section, frozen=True, kw_only=True):
    """What the PBX is dialled; one that is left out is not dialled."""

    forward_always: Annotated[Code | None, meta("Forward always; the number follows")] = None
    forward_always_off: Annotated[Code | None, meta("Forward always no more")] = None
    forward_busy: Annotated[Code | None, meta("Forward when busy; the number follows")] = None
    forward_busy_off: Annotated[Code | None, meta("Forward when busy no more")] = None
    forward_no_answer: Annotated[
        Code | None, meta("Forward without an answer; the number follows")
    ] = None
    forward_no_answer_off: Annotated[Code | None, meta("Forward without an answer no more")] = None
    dnd: Annotated[Code | None, meta("Do not disturb")] = None
    dnd_off: Annotated[Code | None, meta("Let calls ring again")] = None


class Forward(Section, frozen=True, kw_only=True):
    """How calls are forwarded and kept away; whether and where to is the agent's choice."""

    no_answer_after: Annotated[
        float,
        Meta(ge=5, le=120),
        meta("How long a call rings before it is forwarded without an answer", unit="s"),
    ] = 20.0
    codes: Annotated[
        Codes, meta('Feature codes that the PBX is dialled besides: `forward_always = "*72"`')
    ] = Codes()


class Agent(Section, frozen=True, kw_only=True):
    """An agent's session with a dialler, and calls that nobody has to answer."""

    preset: Annotated[
        Preset | None,
        meta(
            "The dialler whose calls for a session are known, answered by themselves and kept for"
            " the shift"
        ),
    ] = None
    session_numbers: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        meta("Numbers of callers whose calls are such sessions"),
    ] = ()
    session_header: Annotated[
        HeaderField | None,
        meta(
            "Header by which the server marks the INVITE of such a session: its name, or name and"
            ' value, such as "X-Session: yes"'
        ),
    ] = None
    auto_answer: Annotated[
        bool,
        meta(
            "Whether a call is answered by itself, behind a tone, where the server asks for that"
            " (Call-Info, Alert-Info, Answer-Mode)"
        ),
    ] = True
    auto_answer_numbers: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        meta("Numbers whose calls are answered by themselves without being asked to"),
    ] = ()
    auto_answer_muted: Annotated[
        bool, meta("Whether the microphone is closed in such a call until it is opened")
    ] = False
    auto_answer_in_call: Annotated[
        bool, meta("Whether such a call is answered during another one, which is held")
    ] = False


class Directory(Section, frozen=True, kw_only=True):
    """Who has which number."""

    files: Annotated[
        tuple[Reference, ...],
        Meta(max_length=16),
        meta(
            "Contacts: CSV files whose first line names the columns (name, or first name and last"
            " name; number, phone, mobile …) and vCard files; relative to the configuration file"
        ),
    ] = ()


class Security(Section, frozen=True, kw_only=True):
    """Whom the phone trusts."""

    accept_calls_from: Annotated[
        AcceptCallsFrom, meta("Who may ring this phone: the registered servers, or any address")
    ] = "registrar"
    pin: Annotated[
        PinCode | None,
        meta(
            "Locks the phone: without it there are only emergency calls and calls from others;"
            " in quotes",
            form="digits",
            masked="always",
        ),
    ] = None
    pin_file: Annotated[
        Reference | None,
        meta("File whose only line is the PIN; found as `password_file` is", masked="in messages"),
    ] = None
    lock_after: Annotated[
        int,
        Meta(ge=0, le=86400),
        meta("Idle time after which the phone locks itself; 0: never", unit="s"),
    ] = 0
    user_agent: Annotated[
        UserAgent | None,
        meta(
            "What the phone calls itself in SIP, nothing if empty;"
            " default: `Deskphone/` and its version"
        ),
    ] = None

    def __repr__(self) -> str:
        return f"Security(accept_calls_from={self.accept_calls_from!r})"


class Display(Section, frozen=True, kw_only=True):
    """The OLED."""

    driver: Annotated[Driver, meta("Controller of the panel; `none` for a unit without one")] = (
        "ssd1306"
    )
    bus: Annotated[int, Meta(ge=0, le=22), meta("Number of the I²C bus")] = 1
    address: Annotated[
        int, Meta(ge=0x08, le=0x77), meta("Address on the bus, 7 bits", form="hex")
    ] = 0x3C
    rotation: Annotated[Literal[0, 180], meta("How the panel is mounted", unit="°")] = 0
    brightness: Annotated[Percent, meta("Brightness; 0 is dark", unit="%")] = 100
    sleep: Annotated[
        int,
        Meta(ge=0, le=86400),
        meta("Idle time after which the panel goes dark; 0: never", unit="s"),
    ] = 1800


class Lamps(Section, frozen=True, kw_only=True):
    """Pins of the lamps; one that is left out stays as the default board has it."""

    message: Annotated[Pin | None, meta("BCM pin of the message lamp")] = None
    call: Annotated[Pin | None, meta("BCM pin of the call lamp")] = None
    mute: Annotated[Pin | None, meta("BCM pin of the mute lamp")] = None


class Board(Section, frozen=True, kw_only=True):
    """Wiring of the unit; what is left out stays as the default board has it."""

    rows: Annotated[Pins | None, meta("BCM pins of the matrix rows")] = None
    columns: Annotated[Pins | None, meta("BCM pins of the matrix columns")] = None
    keys: Annotated[
        Keys | None,
        meta("Key names, a list for each row; an empty name where no key is"),
    ] = None
    hook: Annotated[Pin | None, meta("BCM pin of the hook switch")] = None
    hook_closed: Annotated[
        HookClosed | None, meta("What it means that the hook switch is closed")
    ] = None
    lamps: Annotated[Lamps, meta("Pins of the lamps")] = Lamps()


class Log(Section, frozen=True, kw_only=True):
    """The journal."""

    level: Annotated[Level, meta("Least severity that is written")] = "info"
    syslog: Annotated[
        Server | None,
        meta("Server that also gets the journal (RFC 5424 over UDP, port 514)", form="host-port"),
    ] = None
    redact_numbers: Annotated[
        bool, meta("Whether phone numbers lose all but their last three digits")
    ] = True


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Everything that a Deskphone can be told in its TOML files."""

    phone: Annotated[Phone, meta("The phone as a whole")] = Phone()
    accounts: Annotated[
        tuple[Account, ...],
        Meta(max_length=MAX_ACCOUNTS),
        meta("The lines; the first is the default"),
    ] = field(default=(), name="account")
    nat: Annotated[Nat, meta("The way through address translation")] = Nat()
    audio: Annotated[Audio, meta("Headset, codecs and levels")] = Audio()
    dial: Annotated[Dial, meta("How keys become numbers")] = Dial()
    forward: Annotated[Forward, meta("Call forward and do not disturb")] = Forward()
    agent: Annotated[Agent, meta("Sessions, and calls that nobody has to answer")] = Agent()
    directory: Annotated[Directory, meta("Who has which number")] = Directory()
    security: Annotated[Security, meta("Whom the phone trusts")] = Security()
    provisioning: Annotated[
        Provisioning, meta("Where the configuration is served, and who may write it")
    ] = Provisioning()
    display: Annotated[Display, meta("The OLED")] = Display()
    board: Annotated[Board, meta("Wiring of the unit")] = Board()
    log: Annotated[Log, meta("The journal")] = Log()
