"""Examples of screens: idle screen, and what stands in its place."""

from __future__ import annotations

from appliance.phone.screen import Screen
from appliance.screens.examples.common import READY

AT_REST: dict[str, Screen] = {
    "starting-up": Screen(
        "message", "Starting up", lines=("Desk 12",), icons=("unregistered", "no-headset")
    ),
    "setup": Screen(
        "setup",
        "Setup",
        lines=("B8:27:EB:01:02:03", "192.0.2.20", "Serial no. 10000000e1a2b3c4"),
        soft_keys=("Menu", "", ""),
        qr="b827eb010203,10000000e1a2b3c4",
    ),
    "registering": Screen(
        "message",
        "Registering",
        lines=("1001 at", "pbx.example.com"),
        icons=("registering", "headset"),
        soft_keys=("", "Menu", "DND"),
    ),
    "idle": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Wed 12 Nov", "1001 Agent Zuñiga"),
        icons=READY,
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "missed-calls": Screen(
        "idle",
        "Desk 12",
        "08:05",
        lines=("Thu 13 Nov", "2 missed calls"),
        icons=READY,
        soft_keys=("Redial", "Clear", "DND"),
    ),
    "messages": Screen(
        "idle",
        "Desk 12",
        "08:05",
        lines=("Thu 13 Nov", "3 new messages"),
        icons=(*READY, "messages"),
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "missed-and-messages": Screen(
        "idle",
        "Desk 12",
        "08:05",
        lines=("Thu 13 Nov", "Missed 2, mail 3"),
        icons=(*READY, "messages"),
        soft_keys=("Redial", "Clear", "DND"),
    ),
    "words-of-a-server": Screen(
        "message",
        "Message",
        lines=("Dialler: Campaign Spring. Ask for the customer's number first.",),
        icons=READY,
        soft_keys=("", "Clear", "DND"),
    ),
    "do-not-disturb": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Do not disturb", "1001 Agent Zuñiga"),
        icons=(*READY, "dnd"),
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "forwarded": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Calls to 5550142", "1001 Agent Zuñiga"),
        icons=READY,
        soft_keys=("", "Menu", "DND"),
    ),
    "forwarded-a-call": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("No answer: 5550142", "Forwarded: Front desk"),
        icons=READY,
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "answered-elsewhere": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Wed 12 Nov", "Answered elsewhere"),
        icons=READY,
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "transferred-to": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Wed 12 Nov", "Transferred to 100"),
        icons=READY,
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "locked": Screen(
        "idle",
        "Desk 12",
        "14:32",
        lines=("Wed 12 Nov", "Emergency calls only"),
        icons=READY,
        soft_keys=("", "Unlock", ""),
    ),
    "trouble": Screen(
        "idle",
        "Desk 12",
        "23:10",
        lines=("Do not disturb", "Key 5 is stuck"),
        icons=("registered", "no-headset", "dnd", "messages", "warning"),
        soft_keys=("", "Menu", "DND"),
    ),
    "session-lost": Screen(
        "message",
        "Session lost",
        lines=("Ended by server",),
        icons=READY,
        soft_keys=("", "Clear", "DND"),
    ),
    "wrong-settings": Screen(
        "message",
        "Wrong settings",
        lines=("deskphone.toml 2: phone.nmae: unknown key", "The last good ones are in use."),
        code="CONFIG-01",
        icons=(*READY, "warning"),
        soft_keys=("Redial", "Clear", "DND"),
    ),
    "not-registered": Screen(
        "message",
        "Not registered",
        lines=(
            "Password not accepted",
            "Compare 'user', 'password' and 'auth_user' with the PBX (VICIdial: conf_secret).",
        ),
        code="401 wrong-password",
        icons=("unregistered", "headset"),
        soft_keys=("", "Menu", "DND"),
    ),
}
