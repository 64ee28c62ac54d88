"""Grandstream: numbered settings, ``P47`` of the first account and ``P402`` of the second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.config.problems import Place
from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.reading import Element, Setting
from appliance.fleet.moving.terms import host, whole

_TRANSPORTS = {"0": "udp", "1": "tcp", "2": "tls"}
_SRTP = {"0": "off", "1": "optional", "2": "required"}
_CODECS = {"0": "pcmu", "8": "pcma", "9": "g722", "18": "g729", "3": "gsm", "123": "opus"}
"""By payload type."""
_FIRST = {
    "active": "P271", "label": "P270", "server": "P47", "backup_servers": "P2312",
    "proxy": "P48", "user": "P35", "auth_user": "P36", "password": "P34", "display_name": "P3",
    "mailbox": "P33", "transport": "P130", "srtp": "P183", "expires": "P32",
}  # fmt: skip
_OTHERS = {
    "active": "P{}01", "label": "P{}17", "server": "P{}02", "backup_servers": "P2{}12",
    "proxy": "P{}03", "user": "P{}04", "auth_user": "P{}05", "password": "P{}06",
    "display_name": "P{}07", "mailbox": "P{}26", "transport": "P{}48", "srtp": "P{}43",
    "expires": "P{}12",
}  # fmt: skip
"""With 4, 5 and 6 for the second to the fourth account."""
_KEYS = tuple(zip(range(323, 330), range(303, 324, 3), strict=False))
"""Programmable keys: the mode (0: speed dial, 1: busy lamp), and the number."""


def settings(file: Path, found: Iterable[Element]) -> Iterator[tuple[str, Setting]]:
    """The elements that hold text."""
    for element in found:
        if element.text.strip():
            yield element.name, Setting(element.text.strip(), Place(str(file), element.line))


def move(cells: Cells) -> None:
    """What a Grandstream's settings say in ours."""
    settings = cells.settings
    _account(cells, _FIRST)
    for position in "456":
        _account(cells, {key: name.format(position) for key, name in _OTHERS.items()})
    cells.codecs(_CODECS.get(settings.take(f"P{number}"), "") for number in (*range(57, 63), 46))
    cells.language("P1362")
    cells.zone("P64")
    cells.digit_map("P290")
    for mode, number in _KEYS:
        if settings.take(f"P{mode}") in ("0", "1"):
            cells.speed_dial(f"P{number}")
            settings.take(f"P{number - 1}", f"P{number - 2}")


def _account(cells: Cells, named: dict[str, str]) -> None:
    settings = cells.settings
    if settings.take(named["active"]) == "0":
        for name in named.values():
            settings.take(name)
        return
    user = settings.take(named["user"])
    if not user:
        return
    cells.begin(user, named["user"])
    for key in ("auth_user", "password", "display_name", "label"):
        cells.account(key, settings.take(named[key]))
    cells.account("server", host(settings.take(named["server"])))
    cells.account("backup_servers", host(settings.take(named["backup_servers"])))
    cells.chosen("transport", _TRANSPORTS, named["transport"])
    cells.chosen("srtp", _SRTP, named["srtp"])
    minutes = whole(settings.take(named["expires"]))
    cells.account("expires", str(minutes * 60) if minutes else "")
    cells.proxy(settings.take(named["proxy"]))
    cells.mailbox(named["mailbox"])
