"""Every kind of screen as an example: for the README, the tests and the eye.

``python -m appliance.screens.gallery --out DIR`` writes a PNG of each and a contact sheet of all;
with ``--golden --out tests/screens/golden`` those that the tests compare with and the README shows.
The examples are what `view` says of the states that they are named for, which a test holds; the
numbers are of the kind that no one has (555-01xx).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.errors import PhoneError
from appliance.phone.screen import Icon, Screen
from appliance.screens.sheet import write

GOLDEN_SCALE = 2
_READY: tuple[Icon, ...] = ("registered", "headset")
_DIALLING = ("Dial", "Delete", "Cancel")

GALLERY: dict[str, Screen] = {
    "starting-up": Screen(
        "message",
        "Starting up",
        lines=("Desk 12",),
        icons=("unregistered", "no-headset"),
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
        ("Wed 12 Nov", "1001 Agent Zuñiga"),
        icons=_READY,
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "missed-calls": Screen(
        "idle",
        "Desk 12",
        "08:05",
        ("Thu 13 Nov", "2 missed calls"),
        icons=_READY,
        soft_keys=("Redial", "Clear", "DND"),
    ),
    "messages": Screen(
        "idle",
        "Desk 12",
        "08:05",
        ("Thu 13 Nov", "3 new messages"),
        icons=(*_READY, "messages"),
        soft_keys=("Redial", "Menu", "DND"),
    ),
    "missed-and-messages": Screen(
        "idle",
        "Desk 12",
        "08:05",
        ("Thu 13 Nov", "Missed 2, mail 3"),
        icons=(*_READY, "messages"),
        soft_keys=("Redial", "Clear", "DND"),
    ),
    "mailboxes": Screen(
        "menu",
        "Messages",
        lines=("1 1001: 2", "2 Sales: 3"),
        icons=(*_READY, "messages"),
        soft_keys=("Select", "", "Close"),
    ),
    "words-of-a-server": Screen(
        "message",
        "Message",
        lines=("Dialler: Campaign Spring. Ask for the customer's number first.",),
        icons=_READY,
        soft_keys=("", "Clear", "DND"),
    ),
    "trouble": Screen(
        "idle",
        "Desk 12",
        "23:10",
        ("Fri 14 Nov", "Key 5 is stuck"),
        icons=("registered", "no-headset", "dnd", "messages", "warning"),
        soft_keys=("", "Menu", "DND"),
    ),
    "dial": Screen("entry", "Dial", icons=_READY, soft_keys=("Redial", "", "Cancel"), cursor=True),
    "choosing-a-line": Screen(
        "entry",
        "Dial",
        "",
        ("Line: Sales",),
        icons=_READY,
        soft_keys=("Redial", "Line", "Cancel"),
        cursor=True,
    ),
    "dialling": Screen(
        "entry", "Dialling", "5550142", icons=_READY, soft_keys=_DIALLING, cursor=True
    ),
    "dialling-long": Screen(
        "entry",
        "Dialling",
        "0014155550142555017734",
        ("On hold: Front desk",),
        icons=_READY,
        soft_keys=_DIALLING,
        cursor=True,
    ),
    "calling": Screen("call", "Calling", "600", icons=("outgoing",), soft_keys=("", "Mute", "End")),
    "ringing": Screen(
        "call",
        "Ringing",
        "5550142",
        ("opus",),
        icons=("outgoing", "secure"),
        soft_keys=("", "Mute", "End"),
    ),
    "incoming": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        ("+493055500173",),
        icons=("incoming", *_READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "incoming-on-a-line": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        ("+493055500173", "Line: Sales"),
        icons=("incoming", "partly-registered", "headset"),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "diverted-call": Screen(
        "call",
        "Incoming call",
        "Jörg Müller",
        ("+493055500173", "for Sales"),
        icons=("incoming", *_READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "answers-by-itself": Screen(
        "call",
        "Incoming call",
        "Supervisor",
        ("200", "Answers by itself"),
        icons=("incoming", *_READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "call-waiting": Screen(
        "call",
        "Call waiting",
        "Front desk",
        ("100", "Talking: Jörg Müller"),
        icons=("waiting", *_READY),
        soft_keys=("Answer", "", "Refuse"),
    ),
    "talking": Screen(
        "call",
        "Talking 1:23",
        "Maria Gonçalves",
        ("+14155550142", "opus"),
        icons=("talking", "secure"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "session": Screen(
        "call",
        "Session 1:05",
        "Agent session",
        ("opus",),
        icons=("talking",),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "end-of-session": Screen(
        "menu",
        "End session?",
        lines=("1 No, go on", "2 End session"),
        icons=_READY,
        soft_keys=("Select", "", "Close"),
    ),
    "session-lost": Screen(
        "message",
        "Session lost",
        lines=("Call ended",),
        icons=_READY,
        soft_keys=("", "Clear", "DND"),
    ),
    "muted": Screen(
        "call",
        "Talking 12:07",
        "5550142",
        ("Muted",),
        icons=("talking", "secure", "muted"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "held": Screen(
        "call",
        "On hold 3:40",
        "Front desk",
        ("100", "pcmu"),
        icons=("held",),
        soft_keys=("Resume", "New", "More"),
    ),
    "held-by-them": Screen(
        "call",
        "Held by them 1:02:03",
        "Jörg Müller",
        ("+493055500173", "Muted"),
        icons=("remote-held", "secure", "muted"),
        soft_keys=("Hold", "Transf", "More"),
    ),
    "menu": Screen(
        "menu",
        "Menu",
        lines=(
            *("1 Transfer", "2 Conference", "3 Hold", "4 Mute", "5 New call", "6 End"),
            *("7 Louder", "8 Quieter"),
        ),
        icons=_READY,
        soft_keys=("Select", "", "Close"),
        chosen=1,
    ),
    "menu-at-rest": Screen(
        "menu",
        "Menu",
        lines=(
            "1 Redial",
            "2 Calls",
            "3 Do not disturb",
            "4 Sound",
            "5 Status",
            "6 Language",
            "7 Forward calls",
        ),
        icons=_READY,
        soft_keys=("Select", "", "Close"),
    ),
    "volume": Screen(
        "menu",
        "Ringer 60 %",
        lines=(
            "1 Louder",
            "2 Quieter",
            "3 Ring louder",
            "4 Ring quieter",
            "5 Ring tone",
            "6 Headset test",
        ),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
        chosen=2,
    ),
    "ring-tone": Screen(
        "menu",
        "Ring tone",
        lines=(
            "1 Standard",
            "2 Long",
            "3✓Two long",
            "4 Short, short, long",
            "5 Short, long, short",
            "6 Silent",
        ),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
        chosen=2,
    ),
    "headset-test": Screen(
        "message",
        "Headset test",
        lines=("Be silent until the tone is over, then say a few words.",),
        icons=_READY,
        soft_keys=("", "", "Back"),
    ),
    "headset-tested": Screen(
        "message",
        "Headset test",
        lines=("Microphone is too quiet", "USB Headset"),
        icons=_READY,
        soft_keys=("", "", "Back"),
    ),
    "status": Screen(
        "menu",
        "Status",
        lines=("1 Registration", "2 Network", "3 Headset", "4 Versions"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "network": Screen(
        "message",
        "Network",
        lines=("eth0: 192.0.2.20",),
        icons=_READY,
        soft_keys=("", "", "Back"),
    ),
    "last-numbers": Screen(
        "menu",
        "Last numbers",
        lines=("1 5550142", "2 100"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "calls": Screen(
        "menu",
        "Calls",
        lines=("1 Last numbers", "2 Missed calls", "3 Received calls", "4 Placed calls"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "a-missed-call": Screen(
        "menu",
        "Maria Gonçalves",
        lines=("1 Call back", "2 5550142", "3 23 Nov 09:12", "4 Missed"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "directory": Screen(
        "entry",
        "Directory",
        "266",
        ("Ann Example", "Anna Óskarsdóttir"),
        icons=_READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
    "contact": Screen(
        "menu",
        "Maria Gonçalves",
        lines=("1 +14155550142", "2 5550142"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "transfer-to": Screen(
        "entry",
        "Transfer to",
        "100",
        ("On hold: Maria Gonçalves",),
        icons=_READY,
        soft_keys=("Call", "Transf", "Delete"),
        cursor=True,
    ),
    "consulting": Screen(
        "call",
        "Talking 0:12",
        "100",
        ("On hold: Maria Gonçalves",),
        icons=("talking", "secure"),
        soft_keys=("Transf", "Swap", "More"),
    ),
    "transferring": Screen(
        "call",
        "Transferring",
        "100",
        ("Maria Gonçalves", "Ringing"),
        icons=("held",),
        soft_keys=("Resume", "New", "More"),
    ),
    "transfer-failed": Screen(
        "call",
        "On hold 0:30",
        "Maria Gonçalves",
        ("+14155550142", "Transfer failed: Busy"),
        icons=("held", "secure"),
        soft_keys=("Resume", "New", "More"),
    ),
    "conference": Screen(
        "call",
        "Conference 0:20",
        "100",
        ("with Maria Gonçalves",),
        icons=("talking", "secure"),
        soft_keys=("Split", "Mute", "More"),
    ),
    "park-at": Screen(
        "menu",
        "Park at",
        lines=("1 701", "2 702"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "colleagues": Screen(
        "menu",
        "Colleagues",
        lines=("1 1002: rings", "2 1003: busy", "3 1004: free"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
    ),
    "pick-up-from": Screen(
        "entry",
        "Pick up from",
        "1002",
        icons=_READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
    "forward": Screen(
        "menu",
        "Forward calls",
        lines=("1 Always", "2 When busy", "3✓No answer"),
        icons=_READY,
        soft_keys=("Select", "", "Back"),
        chosen=2,
    ),
    "forward-to": Screen(
        "entry",
        "Forward to",
        "5550142",
        ("Empty: nowhere",),
        icons=_READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
    "forwarded": Screen(
        "idle",
        "Desk 12",
        "14:32",
        ("Wed 12 Nov", "Calls to 5550142"),
        icons=_READY,
        soft_keys=("", "Menu", "DND"),
    ),
    "locked": Screen(
        "idle",
        "Desk 12",
        "14:32",
        ("Wed 12 Nov", "Emergency calls only"),
        icons=_READY,
        soft_keys=("", "Unlock", ""),
    ),
    "pin": Screen(
        "entry",
        "PIN",
        "•••",
        ("Emergency: dial",),
        icons=_READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
    "busy": Screen(
        "call", "Busy", "5550177", code="486", icons=_READY, soft_keys=("Redial", "", "Close")
    ),
    "status-in-spanish": Screen(
        "menu",
        "Estado",
        lines=("1 Registro", "2 Red", "3 Auricular", "4 Versiones"),
        icons=_READY,
        soft_keys=("Elegir", "", "Atrás"),
    ),
    "a-call-in-german": Screen(
        "call",
        "Gespräch 1:23",
        "Jörg Müller",
        ("+493055500173", "opus"),
        icons=("talking", "secure"),
        soft_keys=("Halten", "Überg.", "Mehr"),
    ),
    "incoming-in-filipino": Screen(
        "call",
        "May tumatawag",
        "Maria Santos",
        ("+6325550142",),
        icons=("incoming", *_READY),
        soft_keys=("Sagutin", "", "Tanggihan"),
    ),
    "wrong-settings": Screen(
        "message",
        "Wrong settings",
        lines=("deskphone.toml 2: phone.nmae: unknown key", "The last good ones are in use."),
        code="CONFIG-01",
        icons=(*_READY, "warning"),
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
"""Every example by name, in the order in which a day with the phone shows them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pictures; 1 if that is not possible."""
    parser = argparse.ArgumentParser(
        prog="python -m appliance.screens.gallery", description="Draw every example screen."
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to")
    parser.add_argument("--scale", type=int, default=4, help="size of a dot (default 4)")
    parser.add_argument(
        "--golden",
        action="store_true",
        help="what the tests compare with and the README shows: no sheet, dots of 2, "
        "and pictures of screens that are gone are removed",
    )
    options = parser.parse_args(arguments)
    try:
        scale = GOLDEN_SCALE if options.golden else options.scale
        write(GALLERY, options.out, scale, golden=options.golden)
    except PhoneError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{options.out}: {error.strerror}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
