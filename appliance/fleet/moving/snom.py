"""Snom: elements such as ``user_name`` with ``idx="1"``, and function keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from appliance.config.problems import Place
from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.reading import Element, Setting

_FUNCTION = re.compile(r"(?:speed|blf|dest)\s+(.*)", re.IGNORECASE | re.DOTALL)


def settings(file: Path, found: Iterable[Element]) -> Iterator[tuple[str, Setting]]:
    """Elements by name, those with an index as ``user_name.1``."""
    for element in found:
        index = element.attributes.get("idx", "")
        name = f"{element.name}.{index}" if index else element.name
        if element.text.strip():
            yield name, Setting(element.text.strip(), Place(str(file), element.line))


def move(cells: Cells) -> None:
    """What a Snom's settings say in ours."""
    settings = cells.settings
    for match in settings.matching(r"user_name\.(\d+)"):
        _account(cells, match[1])
    cells.language("language")
    cells.zone("timezone")
    cells.digit_map("user_dp_str.1")
    for match in settings.matching(r"speed\.(\d+)"):
        cells.speed_dial(match[0], match[1])
    for match in settings.matching(r"fkey\.\d+"):
        setting = settings.found[match[0]]
        function = _FUNCTION.fullmatch(setting.value)
        if function is not None:
            settings.found[match[0]] = Setting(function[1].strip("<>"), setting.place)
            cells.speed_dial(match[0])


def _account(cells: Cells, number: str) -> None:
    settings = cells.settings

    def take(name: str) -> str:
        return settings.take(f"{name}.{number}")

    if take("user_active") == "off":
        settings.skip(rf"user_.*\.{number}")
        return
    cells.begin(take("user_name"), f"user_name.{number}")
    cells.account("auth_user", take("user_pname"))
    cells.account("password", take("user_pass"))
    cells.account("display_name", take("user_realname"))
    cells.account("label", take("user_idle_text"))
    cells.account("expires", take("user_expiry"))
    outbound = take("user_outbound")
    place, *parameters = re.sub(r"^sips?:", "", outbound).split(";")
    server = take("user_host").partition(";")[0]
    cells.account("server", server)
    if place.partition(":")[0] != server.partition(":")[0]:
        cells.proxy(place)
    transports = [word.partition("=")[2] for word in parameters if word.startswith("transport=")]
    if transports and transports[0].lower() in ("udp", "tcp", "tls"):
        cells.account("transport", transports[0].lower())
    secure = {"mandatory": "required", "optional": "optional", "off": "off"}
    if take("user_srtp") == "on":
        cells.account("srtp", secure.get(take("user_savp"), "optional"))
    else:
        cells.account("srtp", "off")
        take("user_savp")
    if take("user_dtmf_info") in ("on", "sip_info_only"):
        cells.account("dtmf", "info")
    cells.mailbox(f"user_mailbox.{number}")
    if listed := take("codec_priority_list"):
        cells.codecs(listed.split(","))
