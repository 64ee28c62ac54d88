"""What the SIP room is told before it starts: frozen values, already checked by `config`.

Nothing here reads a file, resolves a name or knows pjsua2; `wiring` makes these values from the
configuration, tests make them by hand.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from appliance.phone.settings import LINES

if TYPE_CHECKING:
    from appliance.audio.tones import ToneSpec

Transport = Literal["udp", "tcp", "tls"]
Srtp = Literal["required", "optional", "off"]
SrtpKeying = Literal["sdes", "dtls"]
TurnTransport = Literal["udp", "tcp"]
AddressFamily = Literal["auto", "ipv4", "ipv6"]
Dtmf = Literal["rfc4733", "info", "inband"]
AcceptCallsFrom = Literal["registrar", "anyone"]
DeviceKind = Literal["none", "null", "alsa"]
EchoCancellation = Literal["off", "speex", "webrtc"]

BRIDGE_RATE = 16000
"""Clock of the conference bridge in Hz, so also of the earpiece file: wideband, so that G.722
passes unresampled."""
DEFAULT_PORTS: dict[Transport, int] = {"udp": 5060, "tcp": 5060, "tls": 5061}
"""Ports of SIP where an address has none, RFC 3261 section 19.1.2."""


def transport_to(proxy: str, otherwise: Transport) -> Transport:
    """The transport by which an outbound proxy's URI wants to be reached; never raises.

    A ``sips`` URI means TLS whatever its parameter says, RFC 3261 section 26.2.2. Where the URI
    does not tell, or there is none, it is `otherwise`.
    """
    scheme, _, rest = proxy.strip("<> ").lower().partition(":")
    if scheme == "sips":
        return "tls"
    found = otherwise
    for parameter in rest.split(";")[1:]:
        name, _, value = parameter.partition("=")
        if name == "transport":
            found = next((kind for kind in DEFAULT_PORTS if kind == value), found)
    return found


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """A line: who the phone is, at which servers, and how it travels there."""

    index: int
    user: str
    servers: tuple[str, ...]
    """``host[:port]``, IPv6 literals in brackets; the first is the server, then its backups."""
    password: str = field(default="", repr=False)
    auth_user: str = ""
    """User name for authentication; empty: `user`."""
    display_name: str = ""
    transport: Transport = "udp"
    srtp: Srtp = "off"
    expires: int = 300
    """Lifetime asked for a registration, in seconds."""
    outbound_proxy: str = ""
    """SIP URI that all requests are sent through; empty: none."""
    ca_file: str = ""
    """PEM bundle that vouches for the servers; empty: the system's."""
    certificate_file: str = ""
    """PEM file of the phone's own certificate; empty: it has none to show."""
    private_key_file: str = ""
    """PEM file of its private key."""
    srtp_keying: SrtpKeying = "sdes"
    dtmf: Dtmf = "rfc4733"
    clock_floor: str = ""
    """File with a moment that is past, by which a clock is told to be wrong; empty: none."""
    gruu: bool = False
    """Whether dialogs bear the URI that the registrar assigns, RFC 5627, where it does."""
    watch: tuple[str, ...] = ()
    """Numbers whose calls are watched, RFC 4235."""
    address_family: AddressFamily = "auto"
    """Which addresses of the servers may be used, for SIP and audio alike."""

    @property
    def login(self) -> str:
        """The user name that authenticates."""
        return self.auth_user or self.user

    def server(self, number: int) -> str:
        """The server with this number, counted round the list."""
        return self.servers[number % len(self.servers)]


@dataclass(frozen=True, slots=True)
class NatSettings:
    """Who helps the audio through address translation. Servers are ``host[:port]``, or empty."""

    ice: bool = False
    stun_server: str = ""
    turn_server: str = ""
    turn_transport: TurnTransport = "udp"
    turn_user: str = ""
    turn_password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """Where sound comes from and goes to, and in which codecs it travels."""

    device: DeviceKind = "null"
    """``alsa`` opens the two PCMs; ``null`` paces calls without hardware; ``none`` has no clock at
    all, so that no RTP is sent: for measuring signalling alone."""
    playback: str = "default"
    """Name of the ALSA PCM of the earpiece, as ALSA lists it."""
    capture: str = "default"
    """Name of the ALSA PCM of the microphone, as ALSA lists it."""
    microphone_wav: str = ""
    """WAV file (16-bit PCM) that is spoken into calls, over and over, instead of the microphone."""
    earpiece_wav: str = ""
    """WAV file that collects everything the ear hears, tones included."""
    codecs: tuple[str, ...] = ("opus", "g722", "pcmu", "pcma")
    """Codecs to offer by the names of the configuration, the preferred one first."""
    echo_cancellation: EchoCancellation = "webrtc"
    earpiece_volume: int = 80
    microphone_volume: int = 80
    ringer_volume: int = 80
    """Levels in percent of what the device can do."""
    tones: tuple[tuple[str, ToneSpec], ...] = ()
    """The country's call-progress tones by the names of `effects.Tone`, and the rings by theirs."""


@dataclass(frozen=True, slots=True)
class SipSettings:
    """Everything that the SIP engine is told."""

    accounts: tuple[AccountSettings, ...] = ()
    audio: AudioSettings = field(default_factory=AudioSettings)
    nat: NatSettings = field(default_factory=NatSettings)
    bind_address: str = ""
    """Local address of SIP and RTP; empty: every address."""
    sip_port: int = 0
    """Local port of SIP over UDP and TCP; 0: one that is free."""
    rtp_port: int = 0
    """First port of RTP; 0: the engine chooses a range that few others use."""
    rtp_port_range: int = 200
    accept_calls_from: AcceptCallsFrom = "registrar"
    server_packets_per_second: int = 500
    """Most packets taken from a server over UDP, where a source can be forged; 0: any number."""
    user_agent: str = "Deskphone"
    """What every message says of the phone; empty: it says nothing."""
    mark: str = field(default_factory=lambda: secrets.token_hex(4))
    """Stands in our contacts, so that this unit knows them again in what a registrar lists."""
    nameservers: tuple[str, ...] = ()
    """Name servers that answer SRV queries; empty: those in resolv.conf."""
    lines: int = LINES
    """How many calls may exist before the first `SetPolicy` says it."""
    log_file: str = ""
    """File for the library's own log with every SIP message; empty: no log. Holds numbers, never
    passwords."""
    log_level: int = 0
    """Verbosity of that log, 0 (nothing) to 6."""

    @property
    def instance(self) -> str:
        """The unit as RFC 5626 section 4.1 names it, the same after every restart: a URN."""
        return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, self.mark)}>"
