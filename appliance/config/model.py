"""What may be configured: one msgspec Struct for each section of the contract.

A key stands here only when the phone obeys it. Its annotation carries all there is to know about
it (type, range, unit, format, words); the validator, the JSON Schema, the messages and the table
in the README are derived from that, so that none of them can say something else. ``format`` names a
check in `formats`; ``x-masked`` marks what is never shown (``always``), or not before it has proved
to be harmless (``in messages``: people do write the secret itself where its file is asked for).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

TONE_COUNTRIES = ("us", "gb", "de", "fr", "es", "br", "ph", "in", "au", "mx")
"""ISO 3166-1 codes of the countries whose call-progress tones the phone can play."""

MAX_ACCOUNTS = 6

Country = Literal["us", "gb", "de", "fr", "es", "br", "ph", "in", "au", "mx"]
Language = Literal["en", "es", "fr", "de", "pt", "tl"]
Transport = Literal["udp", "tcp", "tls"]
Srtp = Literal["required", "optional", "off"]
SrtpKeying = Literal["sdes", "dtls"]
TurnTransport = Literal["udp", "tcp"]
AddressFamily = Literal["auto", "ipv4", "ipv6"]
Dtmf = Literal["rfc4733", "info", "inband"]
Ring = Literal["standard", "bellcore-dr1", "bellcore-dr2", "bellcore-dr3", "bellcore-dr4", "silent"]
Codec = Literal["opus", "g722", "pcmu", "pcma", "g729", "gsm", "speex"]
EchoCancellation = Literal["off", "speex", "webrtc"]
AcceptCallsFrom = Literal["registrar", "anyone"]
Driver = Literal["ssd1306", "ssd1309", "sh1106", "none"]
HookClosed = Literal["on-hook", "off-hook"]
Preset = Literal["vicidial"]
Level = Literal["debug", "info", "warning", "error"]
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
Key = Literal[
    "", "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "line1", "line2", "hold",
    "mute", "transfer", "conference", "redial", "headset", "speaker", "dnd", "messages",
    "directory", "volume_up", "volume_down", "soft1", "soft2", "soft3", "up", "down", "ok", "back",
]  # fmt: skip


def _meta(description: str = "", *, unit: str = "", form: str = "", masked: str = "") -> Meta:
    extra: dict[str, Any] = {}
    if unit:
        extra["x-unit"] = unit
    if form:
        extra["format"] = form
    if masked:
        extra["x-masked"] = masked
    if masked == "always":
        extra["writeOnly"] = True
    return Meta(description=description or None, extra_json_schema=extra or None)


def _derived() -> Any:
    """Stands for a default that depends on another key, until ``__post_init__`` fills it in."""
    return ""


Percent = Annotated[int, Meta(ge=0, le=100)]
Pin = Annotated[int, Meta(ge=0, le=27)]
Pins = Annotated[tuple[Pin, ...], Meta(min_length=1, max_length=28)]
Row = Annotated[tuple[Key, ...], Meta(min_length=1, max_length=28)]
Keys = Annotated[tuple[Row, ...], Meta(min_length=1, max_length=28)]
Line = Annotated[str, Meta(max_length=64)]
Given = Annotated[str, Meta(min_length=1, max_length=128)]
Server = Annotated[str, _meta(form="host-port"), Meta(min_length=1, max_length=255)]
UserAgent = Annotated[str, _meta(form="user-agent"), Meta(max_length=128)]
Reference = Annotated[str, Meta(min_length=1, max_length=1024)]
Number = Annotated[str, _meta(form="dialable"), Meta(min_length=1, max_length=64)]
Code = Annotated[str, _meta(form="dialable"), Meta(min_length=1, max_length=16)]
PinCode = Annotated[str, _meta(form="digits"), Meta(min_length=4, max_length=12)]
Emergency = Annotated[str, _meta(form="digits"), Meta(min_length=1, max_length=15)]


class _Section(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What all sections have in common: frozen values, and no key that means nothing."""


class Phone(_Section, frozen=True, kw_only=True):
    """The phone as a whole."""

    name: Annotated[Given, _meta("Name of the unit on the idle screen and in the status")] = (
        "Deskphone"
    )
    language: Annotated[Language, _meta("Language of the display")] = "en"
    timezone: Annotated[
        Given | None,
        _meta("Time zone of the clock, by its IANA name; default: the machine's", form="iana-tz"),
    ] = None
    country: Annotated[
        Country,
        _meta(
            "Whose call-progress tones the phone plays, whose emergency numbers it knows, and how"
            " numbers in the directory are written"
        ),
    ] = "us"
    start_spread: Annotated[
        float,
        Meta(ge=0, le=600),
        _meta(
            "Time over which the phones of a site share out their registrations when the power or"
            " their server comes back; a phone that is used does not wait; 0: none is shared out",
            unit="s",
        ),
    ] = 58.0


class Account(_Section, frozen=True, kw_only=True):
    """A line: who the phone is at which server. The first account is the default line."""

    user: Annotated[Given, _meta("Extension, the user part of the address", form="sip-user")]
    password: Annotated[
        Given, _meta("SIP secret; this or `password_file` is required", masked="always")
    ] = ""
    password_file: Annotated[
        Reference | None,
        _meta(
            "File whose only line is the SIP secret; relative to the configuration file, or"
            " `$CREDENTIALS_DIRECTORY/…` for a credential of systemd",
            masked="in messages",
        ),
    ] = None
    server: Annotated[
        Server, _meta("Registrar; without a port by SRV, then A/AAAA", form="host-port")
    ]
    transport: Annotated[Transport, _meta("How SIP travels")] = "udp"
    address_family: Annotated[
        AddressFamily,
        _meta(
            "Which addresses of the server are used, and with them those of SIP and audio:"
            " `auto` is any to which a way leads, IPv4 first, and the other where the first is dead"
        ),
    ] = "auto"
    auth_user: Annotated[
        Given, _meta("User name for authentication; default: `user`", form="sip-user")
    ] = field(default_factory=_derived)
    display_name: Annotated[Line, _meta("Name that is shown to those who are called")] = ""
    label: Annotated[
        Line, _meta("What the display calls this line where there are several; default: `user`")
    ] = ""
    ring: Annotated[
        Ring,
        _meta(
            "How calls for this line ring: as the country's bells, or in one of the distinctive"
            " patterns of GR-506; `silent` leaves it to display and lamp"
        ),
    ] = "standard"
    mailbox: Annotated[
        Number | None,
        _meta("What is dialled to hear this line's messages; default: what the server says"),
    ] = None
    expires: Annotated[
        int, Meta(ge=60, le=3600), _meta("Lifetime asked for a registration", unit="s")
    ] = 300
    srtp: Annotated[
        Srtp, _meta("Encryption of the audio; default: `required` with tls, else `off`")
    ] = field(default_factory=_derived)
    srtp_keying: Annotated[
        SrtpKeying,
        _meta(
            "How the keys of the audio are agreed on: in the signalling (`sdes`, RFC 4568), or in"
            " the audio's own path (`dtls`, RFC 5763)"
        ),
    ] = "sdes"
    backup_servers: Annotated[
        tuple[Server, ...],
        Meta(max_length=8),
        _meta("Registrars to turn to when `server` does not answer, in this order"),
    ] = ()
    outbound_proxy: Annotated[
        Reference | None, _meta("SIP URI that all requests are sent through", form="sip-uri")
    ] = None
    ca_file: Annotated[
        Reference | None,
        _meta(
            "PEM file of the authorities that may vouch for the server;"
            " relative to the configuration file; default: the system's"
        ),
    ] = None
    certificate_file: Annotated[
        Reference | None,
        _meta(
            "PEM file of the phone's own certificate, for servers that ask for one;"
            " relative to the configuration file"
        ),
    ] = None
    private_key_file: Annotated[
        Reference | None,
        _meta("PEM file of its private key, without a passphrase; default: `certificate_file`"),
    ] = None
    gruu: Annotated[
        bool,
        _meta(
            "Whether calls bear the URI that the registrar assigns to the phone (GRUU, RFC 5627)"
            " where it offers one; many do and then send nothing on to it"
        ),
    ] = False
    dtmf: Annotated[Dtmf, _meta("How keys pressed during a call are sent")] = "rfc4733"

    def __post_init__(self) -> None:
        if not self.auth_user:
            msgspec.structs.force_setattr(self, "auth_user", self.user)
        if len(self.srtp) == 0:
            usual = "required" if self.transport == "tls" else "off"
            msgspec.structs.force_setattr(self, "srtp", usual)

    def __repr__(self) -> str:
        return f"Account(user={self.user!r}, server={self.server!r}, transport={self.transport!r})"


class Nat(_Section, frozen=True, kw_only=True):
    """The way of the audio through routers that translate addresses, for all accounts."""

    stun_server: Annotated[
        Server | None,
        _meta("STUN server that tells the phone its public address; port 3478", form="host-port"),
    ] = None
    turn_server: Annotated[
        Server | None,
        _meta("TURN server that relays the audio where no other way leads", form="host-port"),
    ] = None
    turn_transport: Annotated[TurnTransport, _meta("How the phone reaches the TURN server")] = "udp"
    turn_user: Annotated[Line, _meta("User name at the TURN server")] = ""
    turn_password: Annotated[
        Given | None, _meta("Password at the TURN server", masked="always")
    ] = None
    turn_password_file: Annotated[
        Reference | None,
        _meta(
            "File whose only line is that password; found as `password_file` is",
            masked="in messages",
        ),
    ] = None
    ice: Annotated[
        bool | None,
        _meta(
            "Whether both ends look for the best way (ICE); default: with a STUN or TURN server,"
            " or with `srtp_keying` by DTLS"
        ),
    ] = None

    def __repr__(self) -> str:
        return f"Nat(stun_server={self.stun_server!r}, turn_server={self.turn_server!r})"


class Audio(_Section, frozen=True, kw_only=True):
    """Headset, codecs and levels."""

    headset: Annotated[
        Given, _meta("`auto`, a stable id from `deskphone audio list`, or the name of an ALSA PCM")
    ] = "auto"
    ringer: Annotated[
        Given,
        _meta("Where it rings: `headset`, a stable id from `deskphone audio list`, or an ALSA PCM"),
    ] = "headset"
    codecs: Annotated[
        tuple[Codec, ...],
        Meta(min_length=1, max_length=7),
        _meta("Codecs to offer, the preferred one first"),
    ] = ("opus", "g722", "pcmu", "pcma")
    earpiece_volume: Annotated[Percent, _meta("Level of the earpiece", unit="%")] = 80
    microphone_volume: Annotated[Percent, _meta("Level of the microphone", unit="%")] = 80
    ringer_volume: Annotated[Percent, _meta("Level of the ringer; 0 is silent", unit="%")] = 80
    echo_cancellation: Annotated[EchoCancellation, _meta("Which echo canceller runs in calls")] = (
        "webrtc"
    )


class Dial(_Section, frozen=True, kw_only=True):
    """How keys become numbers."""

    digit_map: Annotated[
        Given,
        _meta("When a number is complete, in the notation of RFC 3435", form="digit-map"),
    ] = "*x.T|x.T"
    interdigit_timeout: Annotated[
        float,
        Meta(ge=1, le=30),
        _meta("Pause after which an unfinished number is dialled", unit="s"),
    ] = 4.0
    speed_dial: Annotated[
        dict[Digit, Number],
        _meta(
            'Numbers behind a long press of a digit: `1 = "600"`; in `"600,12"` the digits behind'
            " the comma are sent 2 s after the answer"
        ),
    ] = {}
    hotline: Annotated[Number | None, _meta("Number that a lifted handset calls by itself")] = None
    hotline_delay: Annotated[
        float,
        Meta(ge=0, le=30),
        _meta("Time that is left for dialling something else than the hot-line", unit="s"),
    ] = 0.0
    park: Annotated[
        Number | None,
        _meta(
            "Where a call is transferred to be parked; default: to one of `park_slots`, which the"
            " agent chooses"
        ),
    ] = None
    park_slots: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        _meta("Numbers that are called to fetch a parked call"),
    ] = ()
    watch: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        _meta(
            "Numbers whose phones are watched, from the first account: colleagues, and `park_slots`"
        ),
    ] = ()
    pickup: Annotated[
        Code | None,
        _meta("Feature code that takes a colleague's ringing call; the number follows"),
    ] = None
    group_pickup: Annotated[
        Code | None, _meta("Feature code that takes a ringing call of the group")
    ] = None
    emergency: Annotated[
        tuple[Emergency, ...],
        Meta(max_length=16),
        _meta(
            "Emergency numbers besides the country's: dialled at once, over any account, whatever"
            " the digit map says"
        ),
    ] = ("911", "112")


class Codes(_Section, frozen=True, kw_only=True):
    """What the PBX is dialled; one that is left out is not dialled."""

    forward_always: Annotated[Code | None, _meta("Forward always; the number follows")] = None
    forward_always_off: Annotated[Code | None, _meta("Forward always no more")] = None
    forward_busy: Annotated[Code | None, _meta("Forward when busy; the number follows")] = None
    forward_busy_off: Annotated[Code | None, _meta("Forward when busy no more")] = None
    forward_no_answer: Annotated[
        Code | None, _meta("Forward without an answer; the number follows")
    ] = None
    forward_no_answer_off: Annotated[Code | None, _meta("Forward without an answer no more")] = None
    dnd: Annotated[Code | None, _meta("Do not disturb")] = None
    dnd_off: Annotated[Code | None, _meta("Let calls ring again")] = None


class Forward(_Section, frozen=True, kw_only=True):
    """How calls are forwarded and kept away; whether and where to is the agent's choice."""

    no_answer_after: Annotated[
        float,
        Meta(ge=5, le=120),
        _meta("How long a call rings before it is forwarded without an answer", unit="s"),
    ] = 20.0
    codes: Annotated[
        Codes, _meta('Feature codes that the PBX is dialled besides: `forward_always = "*72"`')
    ] = Codes()


class Agent(_Section, frozen=True, kw_only=True):
    """An agent's session with a dialler, and calls that nobody has to answer."""

    preset: Annotated[
        Preset | None,
        _meta(
            "The dialler whose calls for a session are known, answered by themselves and kept for"
            " the shift"
        ),
    ] = None
    session_numbers: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        _meta("Numbers of callers whose calls are such sessions"),
    ] = ()
    auto_answer: Annotated[
        bool,
        _meta(
            "Whether a call is answered by itself, behind a tone, where the server asks for that"
            " (Call-Info, Alert-Info, Answer-Mode)"
        ),
    ] = True
    auto_answer_numbers: Annotated[
        tuple[Number, ...],
        Meta(max_length=32),
        _meta("Numbers whose calls are answered by themselves without being asked to"),
    ] = ()
    auto_answer_muted: Annotated[
        bool, _meta("Whether the microphone is closed in such a call until it is opened")
    ] = False
    auto_answer_in_call: Annotated[
        bool, _meta("Whether such a call is answered during another one, which is held")
    ] = False


class Directory(_Section, frozen=True, kw_only=True):
    """Who has which number."""

    files: Annotated[
        tuple[Reference, ...],
        Meta(max_length=16),
        _meta(
            "Contacts: CSV files whose first line names the columns (name, or first name and last"
            " name; number, phone, mobile …) and vCard files; relative to the configuration file"
        ),
    ] = ()


class Security(_Section, frozen=True, kw_only=True):
    """Whom the phone trusts."""

    accept_calls_from: Annotated[
        AcceptCallsFrom, _meta("Who may ring this phone: the registered servers, or any address")
    ] = "registrar"
    pin: Annotated[
        PinCode | None,
        _meta(
            "Locks the phone: without it there are only emergency calls and calls from others;"
            " in quotes",
            form="digits",
            masked="always",
        ),
    ] = None
    pin_file: Annotated[
        Reference | None,
        _meta("File whose only line is the PIN; found as `password_file` is", masked="in messages"),
    ] = None
    lock_after: Annotated[
        int,
        Meta(ge=0, le=86400),
        _meta("Idle time after which the phone locks itself; 0: never", unit="s"),
    ] = 0
    user_agent: Annotated[
        UserAgent | None,
        _meta(
            "What the phone calls itself in SIP, nothing if empty;"
            " default: `Deskphone/` and its version"
        ),
    ] = None

    def __repr__(self) -> str:
        return f"Security(accept_calls_from={self.accept_calls_from!r})"


class Display(_Section, frozen=True, kw_only=True):
    """The OLED."""

    driver: Annotated[Driver, _meta("Controller of the panel; `none` for a unit without one")] = (
        "ssd1306"
    )
    bus: Annotated[int, Meta(ge=0, le=22), _meta("Number of the I²C bus")] = 1
    address: Annotated[
        int, Meta(ge=0x08, le=0x77), _meta("Address on the bus, 7 bits", form="hex")
    ] = 0x3C
    rotation: Annotated[Literal[0, 180], _meta("How the panel is mounted", unit="°")] = 0
    brightness: Annotated[Percent, _meta("Brightness; 0 is dark", unit="%")] = 100
    sleep: Annotated[
        int,
        Meta(ge=0, le=86400),
        _meta("Idle time after which the panel goes dark; 0: never", unit="s"),
    ] = 1800


class Lamps(_Section, frozen=True, kw_only=True):
    """Pins of the lamps; one that is left out stays as the default board has it."""

    message: Annotated[Pin | None, _meta("BCM pin of the message lamp")] = None
    call: Annotated[Pin | None, _meta("BCM pin of the call lamp")] = None
    mute: Annotated[Pin | None, _meta("BCM pin of the mute lamp")] = None


class Board(_Section, frozen=True, kw_only=True):
    """Wiring of the unit; what is left out stays as the default board has it."""

    rows: Annotated[Pins | None, _meta("BCM pins of the matrix rows")] = None
    columns: Annotated[Pins | None, _meta("BCM pins of the matrix columns")] = None
    keys: Annotated[
        Keys | None,
        _meta("Key names, a list for each row; an empty name where no key is"),
    ] = None
    hook: Annotated[Pin | None, _meta("BCM pin of the hook switch")] = None
    hook_closed: Annotated[
        HookClosed | None, _meta("What it means that the hook switch is closed")
    ] = None
    lamps: Annotated[Lamps, _meta("Pins of the lamps")] = Lamps()


class Log(_Section, frozen=True, kw_only=True):
    """The journal."""

    level: Annotated[Level, _meta("Least severity that is written")] = "info"
    syslog: Annotated[
        Server | None,
        _meta("Server that also gets the journal (RFC 5424 over UDP, port 514)", form="host-port"),
    ] = None
    redact_numbers: Annotated[
        bool, _meta("Whether phone numbers lose all but their last three digits")
    ] = True


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Everything that a Deskphone can be told in its TOML files."""

    phone: Annotated[Phone, _meta("The phone as a whole")] = Phone()
    accounts: Annotated[
        tuple[Account, ...],
        Meta(min_length=1, max_length=MAX_ACCOUNTS),
        _meta("The lines; the first is the default"),
    ] = field(name="account")
    nat: Annotated[Nat, _meta("The way through address translation")] = Nat()
    audio: Annotated[Audio, _meta("Headset, codecs and levels")] = Audio()
    dial: Annotated[Dial, _meta("How keys become numbers")] = Dial()
    forward: Annotated[Forward, _meta("Call forward and do not disturb")] = Forward()
    agent: Annotated[Agent, _meta("Sessions, and calls that nobody has to answer")] = Agent()
    directory: Annotated[Directory, _meta("Who has which number")] = Directory()
    security: Annotated[Security, _meta("Whom the phone trusts")] = Security()
    display: Annotated[Display, _meta("The OLED")] = Display()
    board: Annotated[Board, _meta("Wiring of the unit")] = Board()
    log: Annotated[Log, _meta("The journal")] = Log()
