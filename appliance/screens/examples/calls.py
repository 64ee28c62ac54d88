"""Examples of screens: a number being dialled, and calls."""

from __future__ import annotations

from appliance.phone.screen import Screen
from appliance.screens.examples.common import READY

CALLS: dict[str, Screen] = {
    "dial": Screen("entry", "Dial", icons=READY, soft_keys=("Redial", "", "Cancel"), cursor=True),
    "choosing-a-line": Screen(
        "entry",
        "Dial",
        lines=("Line: Sales",),
        icons=READY,
        soft_keys=("Redial", "Line", "Cancel"),
        cursor=True,
    ),
    "dialling": Screen(
        "entry",
        "Dialling",
        "5550142",
        icons=READY,
        soft_keys=("Dial", "Delete", "Cancel"),
        cursor=True,
    ),
    "dialling-long": Screen(
        "entry",
        "Dialling",
        "0014155550142555017734",
        lines=("On hold: Front desk",),
        icons=READY,
        soft_keys=("Dial", "Delete", "Cancel"),
        cursor=True,
    ),
    "calling": Screen("call", "Calling", "600", icons=("outgoing",), soft_keys=("", "Mute", "End")),
    "ringing": Screen(
        "call", "Ringing", "5550142", icons=("outgoing",), soft_keys=("", "Mute", "End")
    ),
    "early-media": Screen(
        "call",
        "Ringing",
        "5550142",
        lines=("opus",),
        icons=("outgoing", "secure"),
        soft_keys=("", "Mute", "End"),
    ),
    "incoming": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        lines=("+493055500173",),
        icons=("incoming", *READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "incoming-on-a-line": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        lines=("+493055500173", "Line: Sales"),
        icons=("incoming", "partly-registered", "headset"),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "diverted-call": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        lines=("+493055500173", "for Sales"),
        icons=("incoming", *READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "answers-by-itself": Screen(
        "call",
        "Incoming call",
        "Supervisor",
        lines=("200", "Answers by itself"),
        icons=("incoming", *READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "answering": Screen(
        "call",
        "Answering",
        "Jörg Müller",
        lines=("+493055500173",),
        icons=("incoming",),
        soft_keys=("", "Mute", "End"),
    ),
    "talking": Screen(
        "call",
        "Talking 1:23",
        "Maria Gonçalves",
        lines=("+14155550142", "opus"),
        icons=("talking", "secure"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "session": Screen(
        "call",
        "Session 1:05",
        "Agent session",
        lines=("opus",),
        icons=("talking",),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "muted": Screen(
        "call",
        "Talking 12:07",
        "5550142",
        lines=("Muted",),
        icons=("talking", "secure", "muted"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "headset-unplugged": Screen(
        "call",
        "Talking 1:23",
        "Maria Gonçalves",
        lines=("+14155550142", "Headset unplugged"),
        icons=("talking", "secure", "no-headset"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "words-during-a-call": Screen(
        "call",
        "Talking 1:23",
        "Maria Gonçalves",
        lines=("+14155550142", "Dialler: Wrap up now"),
        icons=("talking", "secure"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "held": Screen(
        "call",
        "On hold 3:40",
        "Front desk",
        lines=("100", "pcmu"),
        icons=("held",),
        soft_keys=("Resume", "New", "More"),
    ),
    "held-by-them": Screen(
        "call",
        "They hold 1:02:03",
        "Jörg Müller",
        lines=("+493055500173", "Muted"),
        icons=("remote-held", "secure", "muted"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "ended": Screen(
        "call", "Call ended", "Maria Gonçalves", icons=READY, soft_keys=("Redial", "", "Close")
    ),
    "busy": Screen(
        "call", "Busy", "5550177", code="486", icons=READY, soft_keys=("Redial", "", "Close")
    ),
    "a-call-in-german": Screen(
        "call",
        "Gespräch 1:23",
        "Jörg Müller",
        lines=("+493055500173", "opus"),
        icons=("talking", "secure"),
        soft_keys=("Halten", "Überg.", "Mehr"),
    ),
    "incoming-in-filipino": Screen(
        "call",
        "May tumatawag",
        "Maria Santos",
        lines=("+6325550142",),
        icons=("incoming", *READY),
        soft_keys=("Sagutin", "", "Tanggihan"),
    ),
}
