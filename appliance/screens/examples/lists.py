"""Examples of screens: lists of calls, contacts and colleagues."""

from __future__ import annotations

from appliance.phone.screen import Screen
from appliance.screens.examples.common import READY

LISTS: dict[str, Screen] = {
    "last-numbers": Screen(
        "menu",
        "Last numbers",
        lines=("1 5550142", "2 100"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "calls": Screen(
        "menu",
        "Calls",
        lines=("1 Last numbers", "2 Missed calls", "3 Received calls", "4 Placed calls"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "a-missed-call": Screen(
        "menu",
        "Maria Gonçalves",
        lines=("1 Call back", "2 5550142", "3 23 Nov 09:12", "4 Missed"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "received-calls": Screen(
        "menu",
        "Received calls",
        lines=("1 +14155550142", "2 Front desk"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "placed-calls": Screen(
        "menu",
        "Placed calls",
        lines=("1 600", "2 5550142"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "directory": Screen(
        "entry",
        "Directory",
        "266",
        lines=("Ann Example", "Anna Óskarsdóttir"),
        icons=READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
    "found-colleagues": Screen(
        "menu",
        "Directory",
        lines=("1 rings: Ann Example", "2 busy: Anna Óskarsdóttir", "3 Anne Smith"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "contact": Screen(
        "menu",
        "Maria Gonçalves",
        lines=("1 +14155550142", "2 5550142"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "mailboxes": Screen(
        "menu",
        "Messages",
        lines=("1 1001: 2", "2 Sales: 3"),
        icons=(*READY, "messages"),
        soft_keys=("Select", "", "Close"),
    ),
    "park-at": Screen(
        "menu", "Park at", lines=("1 701", "2 702"), icons=READY, soft_keys=("Select", "", "Back")
    ),
    "parked-calls": Screen(
        "menu",
        "Parked calls",
        lines=("1✓701", "2 702"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "colleagues": Screen(
        "menu",
        "Colleagues",
        lines=("1 rings: 1002", "2 busy: 1003", "3 free: 1004"),
        icons=READY,
        soft_keys=("Select", "", "Back"),
    ),
    "pick-up-from": Screen(
        "entry",
        "Pick up from",
        "1002",
        icons=READY,
        soft_keys=("OK", "Delete", "Cancel"),
        cursor=True,
    ),
}
