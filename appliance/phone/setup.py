"""A phone out of its box: what it says of itself until it is given an account.

IT has to know which unit this is, to give it settings, and how far it has come by itself, to help
it. So the display tells its MAC, its address and its serial number, and has the first and the last
once more as a QR code, for a scanner: ``b827eb010203,10000000e1a2b3c4``, a row of the fleet's table
under the columns ``mac,serial``. The agent is asked nothing. The unit is looked at when it starts
and whenever its network is another one.
"""

from __future__ import annotations

import re

from appliance.phone.effects import ReadFacts
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import composed, in_column

_SERIAL = re.compile(r"[A-Za-z0-9_.-]{1,19}")
"""One that stands in a table as it is, and with the MAC in 32 bytes: those a QR code of version 2
has room for (ISO/IEC 18004, level L), the largest whose modules are two dots wide on 64 rows."""


def look(turn: Turn) -> None:
    """Ask the unit what it is, and where, while the display tells that."""
    if turn.phone.unprovisioned:
        turn.do(ReadFacts())


def words(phone: Phone) -> tuple[str, ...]:
    """The MAC as labels have it, an address, the serial number, and what is wrong at last."""
    facts = phone.facts
    mac = ":".join(facts.mac[place : place + 2] for place in range(0, len(facts.mac), 2)).upper()
    serial = composed("{what} {number}", what=in_column("Serial no."), number=facts.serial)
    trouble = phone.problems[-1].text if phone.problems else ""
    return (
        mac,
        facts.address or in_column("No address"),
        serial if facts.serial else "",
        trouble,
    )


def enrolment(phone: Phone) -> str:
    """What the QR code says; empty while the unit knows no MAC of its own.

    A serial number that has no room, or would be two cells of a table, is left out.
    """
    mac, serial = phone.facts.mac, phone.facts.serial
    return f"{mac},{serial}" if mac and _SERIAL.fullmatch(serial) else mac
