"""How the audio of an account gets through address translation. Lives on the sip thread.

SIP itself needs no helper: every request asks for its answer where it came from (rport, RFC 3581),
and the Contact follows what the server saw. RTP is sent from the port at which it is awaited
(symmetric, RFC 4961) and goes where the far end's really comes from. STUN, TURN and ICE are for
servers and far ends that do not do the same.

ICE needs no helper to a server in the open: what that answers to a check is the address that the
NAT has given us (RFC 8445 section 7.2.5.3.1). The library has room for `_HOSTS` addresses of this
machine of each family, that one, and the helpers' (PJ_ICE_MAX_CAND).
"""

from __future__ import annotations

from typing import Any

from appliance.sip.border import pj
from appliance.sip.relays import Relays
from appliance.sip.settings import NatSettings, SipSettings
from appliance.sip.targets import Target

_HOSTS = 3
_DSCP_EF = 46
_TURN_TRANSPORTS = {"udp": pj.PJ_TURN_TP_UDP, "tcp": pj.PJ_TURN_TP_TCP}


def configure(config: Any, nat: NatSettings, relays: Relays) -> None:
    """Set a library's `AccountNatConfig` to the helpers that answered."""
    config.sipStunUse = pj.PJSUA_STUN_USE_DISABLED
    config.mediaStunUse = pj.PJSUA_STUN_USE_DEFAULT if relays.stun else pj.PJSUA_STUN_USE_DISABLED
    config.iceEnabled = nat.ice
    config.iceMaxHostCands = _HOSTS
    config.turnEnabled = bool(relays.turn)
    if relays.turn:
        config.turnServer = relays.turn
        config.turnConnType = _TURN_TRANSPORTS[nat.turn_transport]
        config.turnUserName = nat.turn_user
        config.turnPassword = nat.turn_password


def bind(config: Any, settings: SipSettings, port: int, target: Target) -> None:
    """Ports and addresses of the audio.

    With ICE the library would offer every address of this machine, eight at most, in any order:
    where there are several networks, none of them may lead to the server, and no room is left for
    the address that a NAT has given us (`nat`). So the socket is bound to the right one.
    """
    config.port = port
    config.portRange = settings.rtp_port_range
    local = settings.bind_address or target.local
    bound = settings.nat.ice and not target.ipv6
    config.boundAddress = local if bound else settings.bind_address
    config.publicAddress = local
    config.qosParams.flags = pj.PJ_QOS_PARAM_HAS_DSCP
    config.qosParams.dscp_val = _DSCP_EF
