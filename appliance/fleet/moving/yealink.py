"""Yealink: ``account.1.user_name = 1001`` (firmware 70 and later)."""

from __future__ import annotations

from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.terms import codec, host, whole

_TRANSPORTS = {"0": "udp", "1": "tcp", "2": "tls"}
_SRTP = {"0": "off", "1": "optional", "2": "required"}
_DTMF = {"0": "inband", "1": "rfc4733", "2": "info"}
_SPEED_DIAL, _BLF = "13", "16"


def move(cells: Cells) -> None:
    """What a Yealink's settings say in ours."""
    settings = cells.settings
    for match in settings.matching(r"account\.(\d+)\.user_name"):
        _account(cells, match[1])
    cells.language("lang.gui", "lang.wui")
    cells.zone("local_time.time_zone_name")
    cells.digit_map("dialplan.digitmap.string")
    for match in settings.matching(r"((?:line|memory)key\.\d+)\.type"):
        if settings.found[match[0]].value in (_SPEED_DIAL, _BLF):
            settings.take(match[0])
            cells.speed_dial(f"{match[1]}.value")
            settings.take(f"{match[1]}.label", f"{match[1]}.line", f"{match[1]}.extension")


def _account(cells: Cells, number: str) -> None:
    def named(*names: str) -> tuple[str, ...]:
        return tuple(f"account.{number}.{name}" for name in names)

    settings = cells.settings
    if settings.take(*named("enable")) == "0":
        settings.skip(rf"account\.{number}\..*")
        return
    cells.begin(settings.take(*named("user_name")), *named("user_name"))
    cells.account("auth_user", settings.take(*named("auth_name")))
    cells.account("password", settings.take(*named("password")))
    cells.account("display_name", settings.take(*named("display_name")))
    cells.account("label", settings.take(*named("label")))
    for server, key in (("1", "server"), ("2", "backup_servers")):
        address = settings.take(*named(f"sip_server.{server}.address", f"sip_server_host.{server}"))
        old = settings.take(*named("sip_server_host")) if server == "1" else ""
        port = settings.take(*named(f"sip_server.{server}.port", "sip_server_port"))
        cells.account(key, host(address or old, port))
    transport = named("sip_server.1.transport_type", "transport")
    cells.chosen("transport", _TRANSPORTS, *transport)
    settings.take(*named("sip_server.2.transport_type"))
    cells.chosen("srtp", _SRTP, *named("srtp_encryption"))
    cells.chosen("dtmf", _DTMF, *named("dtmf.type"))
    cells.account("expires", settings.take(*named("sip_server.1.expires", "expires")))
    proxy = settings.take(*named("outbound_proxy.1.address", "outbound_host"))
    port = settings.take(*named("outbound_proxy.1.port", "outbound_port"))
    if settings.take(*named("outbound_proxy_enable", "outbound_proxy.enable")) != "0":
        cells.proxy(host(proxy, port))
    cells.mailbox(f"voice_mail.number.{number}")
    cells.codecs(_codecs(cells, number))


def _codecs(cells: Cells, number: str) -> list[str]:
    settings = cells.settings
    ranked = []
    for match in settings.matching(rf"account\.{number}\.codec\.(\w+)\.priority"):
        name = match[1]
        enabled = settings.take(f"account.{number}.codec.{name}.enable")
        place = whole(settings.take(match[0]))
        if enabled != "0" and place and codec(name):
            ranked.append((place, name))
    for match in settings.matching(rf"account\.{number}\.codec\.(\d+)\.payload_type"):
        enabled = settings.take(f"account.{number}.codec.{match[1]}.enable")
        place = whole(settings.take(f"account.{number}.codec.{match[1]}.priority") or match[1])
        name = settings.take(match[0])
        if enabled != "0" and place is not None:
            ranked.append((place, name))
    return [name for _, name in sorted(ranked)]
