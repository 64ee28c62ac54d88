"""Polycom and Poly: attributes such as ``reg.1.address``, and a directory of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.config.problems import Place
from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.reading import Element, Setting
from appliance.fleet.moving.terms import codec, host, whole

_TRANSPORTS = {
    "udponly": "udp", "tcponly": "tcp", "tcppreferred": "tcp", "tls": "tls", "dnsnaptr": "udp"
}  # fmt: skip


def settings(file: Path, found: Iterable[Element]) -> Iterator[tuple[str, Setting]]:
    """The attributes of all elements, and ``speed_dial.N`` for the entries of a directory."""
    entries: dict[int, dict[str, Element]] = {}
    for element in found:
        for name, value in element.attributes.items():
            yield name, Setting(value, Place(str(file), element.line))
        entries.setdefault(element.parent, {})[element.name] = element
    for entry in entries.values():
        contact, index = entry.get("ct"), entry.get("sd")
        if contact is not None and index is not None:
            name = f"speed_dial.{index.text.strip()}"
            yield name, Setting(contact.text.strip(), Place(str(file), contact.line))


def move(cells: Cells) -> None:
    """What a Polycom's settings say in ours."""
    settings = cells.settings
    for match in settings.matching(r"reg\.(\d+)\.address"):
        _account(cells, match[1])
    cells.language("lcl.ml.lang")
    cells.digit_map("dialplan.digitmap")
    offset = "tcpIpApp.sntp.gmtOffset"
    if settings.take(offset):
        cells.unknown("a time zone that has a name: set phone.timezone", offset)
    for match in settings.matching(r"speed_dial\.(\d+)"):
        cells.speed_dial(match[0], match[1])
    for match in settings.matching(r"attendant\.resourceList\.(\d+)\.address"):
        cells.speed_dial(match[0])
        settings.take(f"attendant.resourceList.{match[1]}.label")
    ranked = []
    for match in settings.matching(r"voice\.codecPref\.(\w+)"):
        rank = whole(settings.take(match[0]))
        if rank and codec(match[1]):
            ranked.append((rank, match[1]))
    cells.codecs(name for _, name in sorted(ranked))


def _account(cells: Cells, number: str) -> None:
    settings = cells.settings

    def take(name: str, general: str = "") -> str:
        return settings.take(f"reg.{number}.{name}", *([general] if general else []))

    user, _, domain = take("address").partition("@")
    cells.begin(user, f"reg.{number}.address")
    cells.account("auth_user", take("auth.userId"))
    cells.account("password", take("auth.password"))
    cells.account("display_name", take("displayName"))
    cells.account("label", take("label"))
    for server, key in (("1", "server"), ("2", "backup_servers")):
        address = take(f"server.{server}.address", f"voIpProt.server.{server}.address")
        port = take(f"server.{server}.port", f"voIpProt.server.{server}.port")
        cells.account(key, host(address, port) or (domain if server == "1" else ""))
    general = "voIpProt.server.1"
    cells.chosen(
        "transport", _TRANSPORTS, f"reg.{number}.server.1.transport", f"{general}.transport"
    )
    settings.take(f"reg.{number}.server.2.transport")
    cells.account("expires", take("server.1.expires", f"{general}.expires"))
    cells.proxy(host(take("outboundProxy.address"), take("outboundProxy.port")))
    required = settings.take("sec.srtp.require") == "1"
    offered = settings.take("sec.srtp.offer", "sec.srtp.enable") == "1"
    cells.account("srtp", "required" if required else "optional" if offered else "off")
    if settings.take("tone.dtmf.rfc2833Control") == "0":
        info = settings.take("voIpProt.SIP.dtmfViaSignaling.rfc2976") == "1"
        cells.account("dtmf", "info" if info else "inband")
    cells.mailbox(f"msg.mwi.{number}.callBack")
