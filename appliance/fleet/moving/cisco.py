"""Cisco multiplatform phones and SPA: elements such as ``User_ID_1_`` in a ``flat-profile``."""

from __future__ import annotations

import re

from appliance.fleet.moving.cells import Cells
from appliance.fleet.moving.reading import Setting

_TRANSPORTS = {"udp": "udp", "tcp": "tcp", "tls": "tls", "auto": "udp"}
_DTMF = {"avt": "rfc4733", "auto": "rfc4733", "inband": "inband", "info": "info"}
_CODECS = ("Preferred_Codec_1_", "Second_Preferred_Codec_1_", "Third_Preferred_Codec_1_")


def move(cells: Cells) -> None:
    """What a Cisco's settings say in ours."""
    settings = cells.settings
    for match in settings.matching(r"User_ID_(\d+)_"):
        _account(cells, match[1])
    cells.codecs(settings.take(name) for name in _CODECS)
    cells.language("Language_Selection")
    cells.digit_map("Dial_Plan_1_")
    if settings.take("Time_Zone"):
        cells.unknown("a time zone that has a name: set phone.timezone", "Time_Zone")
    for match in settings.matching(r"Speed_Dial_(\d+)"):
        cells.speed_dial(match[0], match[1])
    for match in settings.matching(r"Extended_Function_\d+_"):
        function = dict(
            part.strip().partition("=")[::2] for part in settings.found[match[0]].value.split(";")
        )
        if re.search(r"\b(sd|blf)\b", function.get("fnc", "")):
            place = settings.found[match[0]].place
            settings.found[match[0]] = Setting(function.get("ext", ""), place)
            cells.speed_dial(match[0])


def _account(cells: Cells, number: str) -> None:
    settings = cells.settings

    def take(name: str) -> str:
        return settings.take(f"{name}_{number}_")

    if take("Line_Enable").lower() == "no":
        settings.skip(rf".*_{number}_")
        return
    cells.begin(take("User_ID"), f"User_ID_{number}_")
    cells.mailbox("Voice_Mail_Number")
    cells.account("auth_user", take("Auth_ID"))
    cells.account("password", take("Password"))
    cells.account("display_name", take("Display_Name"))
    cells.account("label", take("Short_Name").replace("$USER", ""))
    cells.account("server", take("Proxy"))
    cells.chosen("transport", _TRANSPORTS, f"SIP_Transport_{number}_")
    cells.chosen("dtmf", _DTMF, f"DTMF_Tx_Method_{number}_")
    cells.account("expires", take("Register_Expires"))
    used = take("Use_Outbound_Proxy").lower() != "no"
    proxy = take("Outbound_Proxy")
    cells.proxy(proxy if used else "")
