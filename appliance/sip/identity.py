"""Who is at the other end, and whom they wanted, by what the server asserts. Pure: text in and out.

Anybody can write anything into these headers: only what came from the trusted server is to be read
here, and of other requests nothing but `translate.caller`.
"""

from __future__ import annotations

import re

from appliance.sip.translate import address, caller, header

Party = tuple[str, str]
"""Number and display name."""

_NOBODY = frozenset({"", "anonymous", "anonymous.invalid", "unavailable", "unknown", "restricted"})
"""What From says of a caller who is not to be known (RFC 3323 section 4.1.1.3, and habit)."""
_UNFOLDED = re.compile(r"\r?\n[ \t]+")
_PRIVATE = re.compile(r"(?:^|[;\s])(?:id|user)(?:$|[;\s])", re.IGNORECASE)
_PRIVACY = re.compile(r";\s*privacy\s*=\s*([\w-]+)", re.IGNORECASE)
_INDEX = re.compile(r";\s*index\s*=\s*(\d{1,4}(?:\.\d{1,4})*)", re.IGNORECASE)
_LAST = (1 << 16,)


def trusted_caller(message: str) -> Party:
    """Number and display name of who calls.

    P-Asserted-Identity (RFC 3325) comes first, then From, and Remote-Party-ID where From names
    nobody.
    """
    asserted = asserted_party(message)
    if asserted is not None:
        return asserted
    said = caller(message)
    return (_remote_party(message) or said) if said[0].lower() in _NOBODY else said


def asserted_party(message: str) -> Party | None:
    """Who is there by P-Asserted-Identity; None without one, or where they wish not to be shown."""
    values = addresses(message, "P-Asserted-Identity")
    if not values or _PRIVATE.search(header(message, "Privacy")):
        return None
    return address(values[0])


def connected_party(message: str) -> Party | None:
    """Who is there now, by a request or response within a call; None where it does not say."""
    return asserted_party(message) or _remote_party(message)


def diverted_from(message: str) -> str:
    """Whom the caller wanted before the call came to us: name or number, or nothing.

    The last Diversion is the oldest (RFC 5806 section 5), of History-Info the one with the lowest
    index (RFC 7044 section 5); a history of a single entry tells of no diversion.
    """
    history = addresses(message, "History-Info")
    oldest = addresses(message, "Diversion")[-1:]
    if not oldest and len(history) > 1:
        oldest = [min(history, key=_history_index)]
    number, name = address(oldest[0]) if oldest else ("", "")
    return name or number


def addresses(message: str, name: str) -> list[str]:
    """Every address in the headers of this name, in the order of the message."""
    head = message.replace("\r\n\r\n", "\n\n").partition("\n\n")[0]
    found: list[str] = []
    for line in _UNFOLDED.sub(" ", head).splitlines():
        key, colon, value = line.partition(":")
        if colon and key.strip().lower() == name.lower():
            found += _split(value)
    return found


def _split(value: str) -> list[str]:
    """The parts between commas, but for those in quotes and in angle brackets."""
    parts, begun, quoted, inside = [], 0, False, False
    for place, character in enumerate(value):
        if character == '"' and value[place - 1 : place] != "\\":
            quoted = not quoted
        elif not quoted and character in "<>":
            inside = character == "<"
        elif character == "," and not quoted and not inside:
            parts.append(value[begun:place])
            begun = place + 1
    return [part.strip() for part in (*parts, value[begun:]) if part.strip()]


def _remote_party(message: str) -> Party | None:
    """Who is there by Remote-Party-ID, the header of older servers, unless it is private."""
    values = addresses(message, "Remote-Party-ID")
    if not values:
        return None
    privacy = _PRIVACY.search(values[0])
    return address(values[0]) if privacy is None or privacy[1].lower() == "off" else None


def _history_index(entry: str) -> tuple[int, ...]:
    found = _INDEX.search(entry)
    return tuple(map(int, found[1].split("."))) if found else _LAST
