"""What the library is told of an account: where it registers, how it is secured, which way it goes.

The library resolves no names and chooses no server: each configuration is for one target.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from appliance.sip import nat
from appliance.sip.border import pj, sip_header
from appliance.sip.mailbox import EXPIRES_SECONDS
from appliance.sip.relays import Relays
from appliance.sip.settings import AccountSettings, SipSettings
from appliance.sip.targets import Target
from appliance.sip.translate import name_addr, sip_uri

_SRTP = {"required": pj.PJMEDIA_SRTP_MANDATORY, "optional": pj.PJMEDIA_SRTP_OPTIONAL,
         "off": pj.PJMEDIA_SRTP_DISABLED}  # fmt: skip
_KEYINGS = {
    "sdes": pj.PJMEDIA_SRTP_KEYING_SDES,
    "dtls": pj.PJMEDIA_SRTP_KEYING_DTLS_SRTP,
}
_MEDIA = {
    ("auto", False): pj.PJSUA_IPV6_ENABLED_PREFER_IPV4,
    ("auto", True): pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY,
    ("ipv4", False): pj.PJSUA_IPV6_DISABLED,
    ("ipv6", True): pj.PJSUA_IPV6_ENABLED_USE_IPV6_ONLY,
}
"""Addresses of the audio by the account's family and whether its server is at an IPv6 address.
What the library would prefer by itself follows the default routes, whichever way leads to the
server. An offer of the other family is answered by that one (unless IPv6 is switched off), with the
address of the default route: the one on the way to the server is none of that family."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account at one target; another `generation` of the same ends a REGISTER in flight."""

    settings: AccountSettings
    general: SipSettings
    target: Target
    relays: Relays
    generation: int


def account_config(
    wanted: Wanted, *, parameters: str, transport: int, rtp_port: int, mailbox: bool, known: bool
) -> Any:
    """The library's configuration.

    `parameters` are those of our Contact, `transport` is the library's handle of the one to use,
    `mailbox` says whether it is to be subscribed to, and `known` whether the library has the
    account already: a new one is given the media feature tag of ICE (RFC 5768) by the library, and
    whose Contact changes loses its registration.
    """
    settings, general, target = wanted.settings, wanted.general, wanted.target
    config = pj.AccountConfig()
    config.idUri = name_addr(settings.display_name, sip_uri(settings.user, target.server))
    registrar = f"sip:{target.server}"
    config.regConfig.registrarUri = registrar
    config.regConfig.registerOnAdd = False
    config.regConfig.disableRegOnModify = True
    config.regConfig.timeoutSec = settings.expires
    config.regConfig.retryIntervalSec = 0
    config.regConfig.firstRetryIntervalSec = 0
    config.sipConfig.authCreds.append(
        pj.AuthCredInfo("digest", "*", settings.login, 0, settings.password)
    )
    config.sipConfig.contactUriParams = parameters
    config.sipConfig.proxies.append(_route(wanted))
    if settings.outbound_proxy:
        config.sipConfig.proxies.append(_loose(settings.outbound_proxy))
    config.sipConfig.transportId = transport
    config.sipConfig.ipv6Use = pj.PJSUA_IPV6_ENABLED
    config.mwiConfig.enabled = mailbox
    config.mwiConfig.expirationSec = EXPIRES_SECONDS
    config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_OPTIONAL
    tags = ["gruu"] if settings.gruu else []
    if target.transport == "udp":
        config.natConfig.sipOutboundUse = 0
        tags.append("path")
        if settings.gruu:
            config.regConfig.contactParams = f';+sip.instance="{general.instance}"'
    else:
        config.natConfig.sipOutboundUse = 1
        config.natConfig.sipOutboundInstanceId = general.instance
    if tags:
        config.regConfig.headers.append(sip_header("Supported", ", ".join(tags)))
    nat.configure(config.natConfig, general.nat, wanted.relays)
    if known and general.nat.ice:
        config.sipConfig.contactParams = ";+sip.ice"
    media = config.mediaConfig
    media.srtpUse = _SRTP[settings.srtp]
    media.srtpOpt.keyings.append(_KEYINGS[settings.srtp_keying])
    media.lockCodecEnabled = settings.srtp_keying != "dtls"
    media.srtpSecureSignaling = int(settings.srtp == "required" and target.transport == "tls")
    only = general.nat.ice and not target.ipv6
    media.ipv6Use = _MEDIA["ipv4" if only else settings.address_family, target.ipv6]
    nat.bind(media.transportConfig, general, rtp_port, target)
    return config


def _route(wanted: Wanted) -> str:
    """The hidden route that keeps the library from resolving names.

    TLS keeps the name, for that is what the certificate is checked against. The generation
    makes a new route of an old one, which is what ends a REGISTER in flight.
    """
    target = wanted.target
    name = target.identity if target.transport == "tls" else target.address
    host = f"[{name}]" if ":" in name else name
    where = f"sip:{host}:{target.port};transport={target.transport};lr;hide"
    return f"<{where};generation={wanted.generation}>"


def _loose(proxy: str) -> str:
    """A proxy's URI as a loose route, RFC 3261 section 16.12.1.1."""
    uri = proxy.strip("<> ")
    return f"<{uri}>" if ";lr" in uri else f"<{uri};lr>"
