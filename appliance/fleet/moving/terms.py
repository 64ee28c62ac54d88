"""The trade's words for the same things, put into ours: codecs, transports, languages, dial plans.

A word that is not known gives nothing: it is then told that it was left behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from zoneinfo import available_timezones

from appliance.phone.digitmap import DigitMapError, parse_digit_map

_CODECS = {
    "opus": "opus", "g722": "g722", "pcmu": "pcmu", "g711u": "pcmu", "g711mu": "pcmu",
    "ulaw": "pcmu", "pcma": "pcma", "g711a": "pcma", "alaw": "pcma", "g729": "g729",
    "g729a": "g729", "g729ab": "g729", "gsm": "gsm", "gsmfr": "gsm", "speex": "speex",
}  # fmt: skip
_LANGUAGES = {
    "english": "en", "deutsch": "de", "german": "de", "français": "fr", "francais": "fr",
    "french": "fr", "español": "es", "espanol": "es", "spanish": "es", "português": "pt",
    "portugues": "pt", "portuguese": "pt", "filipino": "tl", "tagalog": "tl",
}  # fmt: skip
_ZONES = {
    "united states-eastern time": "America/New_York", "est5edt": "America/New_York",
    "united states-central time": "America/Chicago", "cst6cdt": "America/Chicago",
    "united states-mountain time": "America/Denver", "mst7mdt": "America/Denver",
    "united states-pacific time": "America/Los_Angeles", "pst8pdt": "America/Los_Angeles",
    "usa-5": "America/New_York", "usa-6": "America/Chicago", "usa-7": "America/Denver",
    "usa-8": "America/Los_Angeles", "ger+1": "Europe/Berlin", "gbr-0": "Europe/London",
    "fra+1": "Europe/Paris", "esp+1": "Europe/Madrid", "ita+1": "Europe/Rome",
    "nld+1": "Europe/Amsterdam", "aut+1": "Europe/Vienna", "che+1": "Europe/Zurich",
}  # fmt: skip
"""What makers call a zone, Snom by ITU country code and offset, Grandstream as POSIX does."""
_LONGEST_MAP = 4096
_ELEMENT = r"(?:\[[^\]]*\]|[0-9xX*#])"


def codec(word: str) -> str:
    """Our name of a codec."""
    return _CODECS.get(re.sub(r"[^a-z0-9]", "", word.lower()), "")


def codecs(words: Iterable[str]) -> str:
    """A cell of codecs, each once, in this order."""
    return ",".join(dict.fromkeys(filter(None, map(codec, words))))


def language(word: str) -> str:
    """The code of a language of the display."""
    first = re.split(r"[^a-zà-ÿ]", word.strip().lower())[0]
    return first if first in set(_LANGUAGES.values()) else _LANGUAGES.get(first, "")


def zone(word: str) -> str:
    """The IANA name of a time zone, by the maker's name of it or by the city in brackets."""
    known = _ZONES.get(word.strip().lower())
    if known or word in available_timezones():
        return known or word
    city = re.search(r"\(([^)]+)\)", word)
    wanted = city[1].split(",")[0].strip().replace(" ", "_").lower() if city else ""
    names = (name for name in sorted(available_timezones()) if "/" in name)
    fits = (name for name in names if name.lower().rpartition("/")[2] == wanted)
    return next(fits, "") if wanted else ""


def host(address: str, port: str = "", usual: str = "5060") -> str:
    """A server, with its port where that is not the usual one (RFC 3261 section 25.1)."""
    if address.count(":") > 1 and not address.startswith("["):
        address = f"[{address}]"
    return f"{address}:{port}" if address and port not in ("", "0", usual) else address


def digit_map(text: str) -> str:
    """A dial plan in our notation (RFC 3435); nothing where it says more than that can.

    ``x+`` is ``xx.``; braces or brackets around it and Cisco's ``S0`` (dial at once) are implied.
    """
    if len(text) > _LONGEST_MAP:
        return ""
    body = text.strip().strip("{}").strip()
    body = body[1:-1] if body.startswith("(") and body.endswith(")") else body
    parts = []
    for part in body.split("|"):
        plain = re.sub(r"S0$", "", re.sub(r"\s", "", part))
        plain = re.sub(rf"({_ELEMENT})\+", r"\1\1.", plain)
        parts.append(plain)
    wanted = "|".join(filter(None, parts))
    try:
        parse_digit_map(wanted)
    except DigitMapError:
        return ""
    return wanted


def whole(text: str) -> int | None:
    """A number as those of settings are, at most nine digits; None where it is none."""
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


def number(text: str) -> str:
    """What can be dialled of a speed dial: the user part of a SIP address, without blanks."""
    plain = re.sub(r"^sips?:", "", text.strip()).partition("@")[0]
    plain = re.sub(r"[\s()./-]", "", plain)
    return plain if re.fullmatch(r"\+?[0-9*#,]{1,63}", plain) else ""
