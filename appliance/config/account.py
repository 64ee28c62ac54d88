"""The sections about a line, and about the way there: accounts, and NAT."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta, field

from appliance.config.kinds import (
    AddressFamily,
    Dtmf,
    Given,
    Line,
    Number,
    Reference,
    Ring,
    Section,
    Server,
    Srtp,
    SrtpKeying,
    Transport,
    TurnTransport,
    derived,
    meta,
)
from appliance.sip.settings import transport_to


class Account(Section, frozen=True, kw_only=True):
    """A line: who the phone is at which server. The first account is the default line."""

    user: Annotated[Given, meta("Extension, the user part of the address", form="sip-user")]
    password: Annotated[
        Given, meta("SIP secret; this or `password_file` is required", masked="always")
    ] = ""
    password_file: Annotated[
        Reference | None,
        meta(
            "File whose only line is the SIP secret; relative to the configuration file, or"
            " `$CREDENTIALS_DIRECTORY/…` for a credential of systemd",
            masked="in messages",
        ),
    ] = None
    server: Annotated[
        Server, meta("Registrar; without a port by SRV, then A/AAAA", form="host-port")
    ]
    transport: Annotated[
        Transport, meta("How SIP travels, where the URI of `outbound_proxy` does not say it")
    ] = "udp"
    address_family: Annotated[
        AddressFamily,
        meta(
            "Which addresses of the server are used, and with them those of SIP and audio:"
            " `auto` is any to which a way leads, IPv4 first, and the other where the first is dead"
        ),
    ] = "auto"
    auth_user: Annotated[
        Given, meta("User name for authentication; default: `user`", form="sip-user")
    ] = field(default_factory=derived)
    display_name: Annotated[Line, meta("Name that is shown to those who are called")] = ""
    label: Annotated[
        Line, meta("What the display calls this line where there are several; default: `user`")
    ] = ""
    ring: Annotated[
        Ring,
        meta(
            "How calls for this line ring: as the country's bells, or in one of the distinctive"
            " patterns of GR-506; `silent` leaves it to display and lamp"
        ),
    ] = "standard"
    mailbox: Annotated[
        Number | None,
        meta("What is dialled to hear this line's messages; default: what the server says"),
    ] = None
    expires: Annotated[
        int, Meta(ge=60, le=3600), meta("Lifetime asked for a registration", unit="s")
    ] = 300
    srtp: Annotated[
        Srtp, meta("Encryption of the audio; default: `required` with tls, else `off`")
    ] = field(default_factory=derived)
    srtp_keying: Annotated[
        SrtpKeying,
        meta(
            "How the keys of the audio are agreed on: in the signalling (`sdes`, RFC 4568), or in"
            " the audio's own path (`dtls`, RFC 5763)"
        ),
    ] = "sdes"
    backup_servers: Annotated[
        tuple[Server, ...],
        Meta(max_length=8),
        meta("Registrars to turn to when `server` does not answer, in this order"),
    ] = ()
    outbound_proxy: Annotated[
        Reference | None, meta("SIP URI that all requests are sent through", form="sip-uri")
    ] = None
    ca_file: Annotated[
        Reference | None,
        meta(
            "PEM file of the authorities that may vouch for the server;"
            " relative to the configuration file; default: the system's"
        ),
    ] = None
    certificate_file: Annotated[
        Reference | None,
        meta(
            "PEM file of the phone's own certificate, for servers that ask for one;"
            " relative to the configuration file"
        ),
    ] = None
    private_key_file: Annotated[
        Reference | None,
        meta("PEM file of its private key, without a passphrase; default: `certificate_file`"),
    ] = None
    gruu: Annotated[
        bool,
        meta(
            "Whether calls bear the URI that the registrar assigns to the phone (GRUU, RFC 5627)"
            " where it offers one; many do and then send nothing on to it"
        ),
    ] = False
    dtmf: Annotated[Dtmf, meta("How keys pressed during a call are sent")] = "rfc4733"

    def __post_init__(self) -> None:
        if not self.auth_user:
            msgspec.structs.force_setattr(self, "auth_user", self.user)
        if len(self.srtp) == 0:
            usual = "required" if self.first_transport == "tls" else "off"
            msgspec.structs.force_setattr(self, "srtp", usual)

    @property
    def first_transport(self) -> Transport:
        """How SIP leaves the phone: to the outbound proxy by its URI, else to the server."""
        return transport_to(self.outbound_proxy or "", self.transport)

    def __repr__(self) -> str:
        return f"Account(user={self.user!r}, server={self.server!r}, transport={self.transport!r})"


class Nat(Section, frozen=True, kw_only=True):
    """The way of the audio through routers that translate addresses, for all accounts."""

    stun_server: Annotated[
        Server | None,
        meta("STUN server that tells the phone its public address; port 3478", form="host-port"),
    ] = None
    turn_server: Annotated[
        Server | None,
        meta("TURN server that relays the audio where no other way leads", form="host-port"),
    ] = None
    turn_transport: Annotated[TurnTransport, meta("How the phone reaches the TURN server")] = "udp"
    turn_user: Annotated[Line, meta("User name at the TURN server")] = ""
    turn_password: Annotated[Given | None, meta("Password at the TURN server", masked="always")] = (
        None
    )
    turn_password_file: Annotated[
        Reference | None,
        meta(
            "File whose only line is that password; found as `password_file` is",
            masked="in messages",
        ),
    ] = None
    ice: Annotated[
        bool | None,
        meta(
            "Whether both ends look for the best way (ICE); default: with a STUN or TURN server,"
            " or with `srtp_keying` by DTLS"
        ),
    ] = None

    def __repr__(self) -> str:
        return f"Nat(stun_server={self.stun_server!r}, turn_server={self.turn_server!r})"
