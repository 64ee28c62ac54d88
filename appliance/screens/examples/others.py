"""Examples of screens: several calls at a time, transfer and conference."""

from __future__ import annotations

from appliance.phone.screen import Screen
from appliance.screens.examples.common import READY

OTHERS: dict[str, Screen] = {
    "call-waiting": Screen(
        "call",
        "Call waiting",
        "Front desk",
        lines=("100", "Talking: Jörg Müller"),
        icons=("waiting", *READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "call-waiting-beside-a-held-call": Screen(
        "call",
        "Incoming call",
        "Front desk",
        lines=("100", "On hold: Jörg Müller"),
        icons=("incoming", *READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "transfer-to": Screen(
        "entry",
        "Transfer to",
        "100",
        lines=("On hold: Maria Gonçalves",),
        icons=READY,
        soft_keys=("Call", "Transf", "Delete"),
        cursor=True,
    ),
    "consulting-calling": Screen(
        "call",
        "Calling",
        "100",
        lines=("On hold: Maria Gonçalves",),
        icons=("outgoing",),
        soft_keys=("Transf", "Mute", "Back"),
    ),
    "consulting-ringing": Screen(
        "call",
        "Ringing",
        "100",
        lines=("On hold: Maria Gonçalves",),
        icons=("outgoing",),
        soft_keys=("Transf", "Mute", "Back"),
    ),
    "consulting": Screen(
        "call",
        "Talking 0:12",
        "100",
        lines=("On hold: Maria Gonçalves",),
        icons=("talking", "secure"),
        soft_keys=("Transf", "Swap", "More"),
    ),
    "transferring": Screen(
        "call",
        "Transferring",
        "100",
        lines=("Maria Gonçalves", "Ringing"),
        icons=("held",),
        soft_keys=("Resume", "Back", "More"),
    ),
    "transfer-failed": Screen(
        "call",
        "On hold 0:30",
        "Maria Gonçalves",
        lines=("+14155550142", "Transfer failed: Busy"),
        icons=("held", "secure"),
        soft_keys=("Resume", "New", "More"),
    ),
    "you-are-transferred": Screen(
        "call",
        "Calling",
        "601",
        lines=("You are transferred",),
        icons=("outgoing",),
        soft_keys=("", "Mute", "End"),
    ),
    "conference-with": Screen(
        "entry",
        "Conference with",
        "100",
        lines=("On hold: Maria Gonçalves",),
        icons=READY,
        soft_keys=("Call", "", "Delete"),
        cursor=True,
    ),
    "conference": Screen(
        "call",
        "Conference 0:20",
        "100",
        lines=("with Maria Gonçalves",),
        icons=("talking", "secure"),
        soft_keys=("Split", "Mute", "More"),
    ),
    "conference-held": Screen(
        "call",
        "Conf. held 0:20",
        "100",
        lines=("with Maria Gonçalves",),
        icons=("held", "secure"),
        soft_keys=("Resume", "", "More"),
    ),
}
