"""SIP's transports: one for each kind, local address and set of certificates that an account needs.

They are made when the first account needs them and kept until the end. Each is bound to the address
that leads to the account's server, for that is what the library then puts into Via and Contact: a
unit with two networks would otherwise name the wrong one. TLS always verifies: the
chain against the account's authorities (or the system's) and the name against the certificate
(RFC 5922); what a server failed on is remembered for the diagnosis. TLS 1.2 is the least.
"""

from __future__ import annotations

import logging
import socket
import ssl
from pathlib import Path
from typing import Any, NamedTuple

from appliance.errors import EngineError
from appliance.sip.border import pj, words
from appliance.sip.flow import peer
from appliance.sip.library import Library
from appliance.sip.settings import AccountSettings, SipSettings, Transport
from appliance.sip.targets import Target
from appliance.sip.trust import host_and_port, octets, plain_address

log = logging.getLogger(__name__)

_TYPES = {"udp": pj.PJSIP_TRANSPORT_UDP, "tcp": pj.PJSIP_TRANSPORT_TCP,
          "tls": pj.PJSIP_TRANSPORT_TLS}  # fmt: skip
_DSCP_CS3 = 24
"""Class selector 3, by which switches and PBXs know call signalling."""
DEAD_SECONDS = 4
"""A connection whose other end has said nothing for so long, though the kernel asked, is dead."""
_SYSTEM_AUTHORITIES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
)


class _Files(NamedTuple):
    """The PEM files that a TLS transport works with."""

    authorities: str = ""
    certificate: str = ""
    private_key: str = ""


class Transports:
    """The transports in use, by what they are for."""

    def __init__(self, library: Library, settings: SipSettings) -> None:
        self._library = library
        self._settings = settings
        self._known: dict[tuple[Transport, bool, str, _Files], int] = {}
        self._certificate_trouble: dict[str, tuple[str, ...]] = {}
        self._connections: dict[int, str] = {}

    def get(self, target: Target, account: AccountSettings) -> int:
        """The library's number of a transport to `target`; raises `EngineError` without one."""
        kind, ipv6 = target.transport, target.ipv6
        local = self._settings.bind_address or target.local
        files = _Files()
        if kind == "tls":
            files = _Files(account.ca_file, account.certificate_file, account.private_key_file)
        key = (kind, ipv6, local, files)
        if key not in self._known:
            try:
                self._known[key] = self._create(*key)
            except pj.Error as error:
                family = "IPv6" if ipv6 else "IPv4"
                raise EngineError(
                    "SIP-02",
                    "No SIP transport",
                    f"SIP over {kind} and {family} cannot be opened: {words(error)}",
                ) from None
        return self._known[key]

    def local(self, target: Target, account: AccountSettings) -> str:
        """``address:port`` of our own that leads to `target`."""
        number = self.get(target, account)
        return str(self._library.endpoint.transportGetInfo(number).localAddress)

    def changed(self, state: Any) -> None:
        """Note which connections there are, and what was wrong with a server's certificate."""
        if state.state == pj.PJSIP_TP_STATE_CONNECTED:
            self._connections[int(state.hnd)] = peer(int(state.hnd))
        else:
            self._connections.pop(int(state.hnd), None)
        if state.state != pj.PJSIP_TP_STATE_DISCONNECTED or state.tlsInfo.isEmpty():
            return
        messages = tuple(str(message) for message in state.tlsInfo.verifyMsgs)
        if messages:
            self._certificate_trouble[plain_address(state.tlsInfo.remoteAddr)] = messages

    def abandon(self, target: Target) -> frozenset[int]:
        """Send nothing more over the connections that stand to `target`, and say which they are.

        One that is still being made is none of them.
        """
        there = host_and_port(octets(target.address), target.port)
        found = frozenset(one for one, leads_to in self._connections.items() if leads_to == there)
        for connection in found:
            del self._connections[connection]
            self._library.retire(connection)
        return found

    def certificate_trouble(self, address: str) -> tuple[str, ...]:
        """What the TLS library said of the certificate shown at `address`; forgotten by asking."""
        return self._certificate_trouble.pop(plain_address(address), ())

    def _create(self, kind: Transport, ipv6: bool, local: str, files: _Files) -> int:
        config = pj.TransportConfig()
        config.port = self._settings.sip_port if kind != "tls" else 0
        config.boundAddress = local
        config.qosParams.flags = pj.PJ_QOS_PARAM_HAS_DSCP
        config.qosParams.dscp_val = _DSCP_CS3
        if kind != "udp":
            options = config.tlsConfig if kind == "tls" else config
            alive = _liveliness()
            options.sockOptParams.sockOpts = pj.SockOptVector(alive)
        if kind == "tls":
            config.tlsConfig.verifyServer = True
            config.tlsConfig.CaListFile = files.authorities or system_authorities()
            config.tlsConfig.certFile = files.certificate
            config.tlsConfig.privKeyFile = files.private_key
            config.tlsConfig.proto = pj.PJ_SSL_SOCK_PROTO_TLS1_2 | pj.PJ_SSL_SOCK_PROTO_TLS1_3
        number = int(
            self._library.endpoint.transportCreate(
                _TYPES[kind] + (pj.PJSIP_TRANSPORT_IPV6 if ipv6 else 0), config
            )
        )
        log.info(
            "SIP over %s at %s", kind, self._library.endpoint.transportGetInfo(number).localAddress
        )
        return number


def _liveliness() -> list[Any]:
    """The socket options that tell a dead connection in `DEAD_SECONDS`, though nothing is sent.

    They have to outlive the making of the transport: copies of an option keep pointing into it.
    pjlib takes four and no more (PJ_MAX_SOCKOPT_PARAMS). Linux measures unanswered probes by the
    user timeout too, tcp(7).
    """
    options = []
    for level, name, value in (
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
        (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 2),
        (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
        (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_SECONDS * 1000),
    ):
        option = pj.SockOpt()
        option.level, option.optName = level, name
        option.setOptValInt(value)
        options.append(option)
    return options


def system_authorities() -> str:
    """The PEM bundle of authorities that this system trusts; empty when it has none."""
    default = ssl.get_default_verify_paths().cafile
    for name in (default, *_SYSTEM_AUTHORITIES):
        if name and Path(name).is_file():
            return name
    return ""
