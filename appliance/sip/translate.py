"""From the words of SIP and pjsip to the phone's own. Pure: strings and numbers in and out."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

_HEADER = r"^(?:{})[ \t]*:[ \t]*(.*(?:\r?\n[ \t]+.*)*)"
_NAME_ADDR = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*))\s*<([^>]*)>', re.DOTALL)
_REASON = re.compile(r"^Reason[ \t]*:(.*(?:\r?\n[ \t]+.*)*)", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_CAUSE = re.compile(r";\s*cause\s*=\s*(\d{1,3})\b", re.IGNORECASE)
_REASON_TEXT = re.compile(r';\s*text\s*=\s*"((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_ORDINARY = frozenset({16, 200})
_SIP_CAUSE = re.compile(r"(?:^|,)\s*SIP\s*;[^,]*?\bcause\s*=\s*(\d{3})\b", re.IGNORECASE)
DEFAULT_PORT = 5060
_DIALABLE = "*+-._~!$'(),"
_SRTP_ACTIVE = re.compile(r"SRTP status: Active")


def head(message: str) -> str:
    """A SIP message without its body."""
    return message.replace("\r\n\r\n", "\n\n").partition("\n\n")[0]


def header(message: str, *names: str) -> str:
    """The value of the first header of a SIP message that goes by one of `names`, unfolded."""
    return next(iter(headers(message, *names)), "")


def headers(message: str, *names: str) -> list[str]:
    """The values of all headers of a SIP message that go by one of `names`, unfolded."""
    pattern = _HEADER.format("|".join(re.escape(name) for name in names))
    found = re.finditer(pattern, head(message), re.IGNORECASE | re.MULTILINE)
    return [re.sub(r"\r?\n[ \t]+", " ", value.group(1)).strip() for value in found]


def has_header(message: str, wanted: str) -> bool:
    """Whether a SIP message has a header: ``Name`` with whatever value, or ``Name: value``."""
    name, _, value = (part.strip() for part in wanted.partition(":"))
    return any(value.casefold() in ("", found.casefold()) for found in headers(message, name))


def caller(message: str) -> tuple[str, str]:
    """Number and display name in the From header of a request, RFC 3261 section 20.20."""
    return address(header(message, "From", "f"))


def address(value: str) -> tuple[str, str]:
    """Number and display name in a header that holds one address, RFC 3261 section 25.1."""
    found = _NAME_ADDR.match(value)
    if found is None:
        return user_part(value.partition(";")[0]), ""
    quoted, token, uri = found.groups()
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else token or ""
    return user_part(uri), " ".join(name.split())


def user_part(uri: str) -> str:
    """The number in a sip, sips or tel URI; a URI without a user gives its host."""
    scheme, colon, rest = uri.strip().partition(":")
    if not colon:
        return scheme
    if scheme.lower() == "tel":
        return rest.partition(";")[0]
    user, at, host = rest.rpartition("@")
    if not at:
        return host.partition(";")[0]
    return unquote(user.partition(";")[0].partition(":")[0])


def sip_uri(user: str, host: str) -> str:
    """A SIP URI for `user` (any dialled string) at ``host[:port]``, RFC 3261 section 19.1.2."""
    return f"sip:{quote(user, safe=_DIALABLE)}@{host}"


def name_addr(name: str, uri: str) -> str:
    """An address with its display name, quoted as RFC 3261 section 25.1 asks."""
    if not name:
        return f"<{uri}>"
    escaped = re.sub(r'([\\"])', r"\\\1", "".join(c for c in name if c.isprintable()))
    return f'"{escaped}" <{uri}>'


def sip_cause(message: str) -> int:
    """The SIP status that the Reason headers of a request give (RFC 3326 section 2); 0 for none."""
    for value in _REASON.findall(head(message)):
        found = _SIP_CAUSE.search(_QUOTED.sub('""', value))
        if found:
            return int(found.group(1))
    return 0


def why_ended(message: str) -> str:
    """Why a BYE was sent, in the words of its Reason headers (RFC 3326); empty for nothing said.

    Who says that it was an ordinary hang-up (Q.850 cause 16) says nothing.
    """
    for value in _reasons(message):
        cause, text = _CAUSE.search(_QUOTED.sub('""', value)), _REASON_TEXT.search(value)
        if text and not (cause and int(cause.group(1)) in _ORDINARY):
            return " ".join(re.sub(r"\\(.)", r"\1", text.group(1)).split())
    return ""


def reason_causes(message: str) -> list[str]:
    """Protocol and cause of every reason that is given (RFC 3326), without its words."""
    found = []
    for value in _reasons(message):
        bare = _QUOTED.sub('""', value)
        protocol, cause = re.match(r"\s*([\w.]{1,20})", bare), _CAUSE.search(bare)
        if protocol and cause:
            found.append(f"{protocol[1]} {cause[1]}")
    return found


def _reasons(message: str) -> list[str]:
    """Every reason of a request; a header may hold several, parted by commas."""
    return [
        part
        for value in _REASON.findall(head(message))
        for part in re.findall(r'(?:"(?:[^"\\]|\\.)*"|[^,"])+', value)
    ]


def end_code(code: int, confirmed: bool) -> int:
    """The final status of a call as the core wants it: 0 for one that was simply hung up."""
    return 0 if 200 <= code < 300 or (confirmed and code == 0) else code


def is_secured(dump: str) -> bool:
    """Whether the library's account of a call says that its media is encrypted."""
    return _SRTP_ACTIVE.search(dump) is not None


def seconds_in(value: str) -> int:
    """The number of seconds that a header's value begins with; 0 for none."""
    found = re.match(r"\d{1,9}", value)
    return int(found.group()) if found else 0


def seen_from(response: str) -> str:
    """Where a request came from in its receiver's eyes, ``host:port`` (RFC 3581 section 4)."""
    via = header(response, "Via", "v").partition(",")[0]
    sender = re.match(r"SIP/2\.0/\w+\s+(\[[^\]]*\]|[^\s;:]+)(?::(\d+))?", via)
    if sender is None:
        return ""
    received = re.search(r";\s*received=([^\s;]+)", via)
    rport = re.search(r";\s*rport=(\d+)", via)
    host = received[1] if received else sender[1]
    return f"{host}:{rport[1] if rport else sender[2] or DEFAULT_PORT}"


def volume_gain(percent: int) -> float:
    """The factor for a level in percent: 80 is the line's own level, each 10 are 3 dB, 0 is off."""
    return 0.0 if percent <= 0 else float(10 ** ((percent - 80) * 0.3 / 20))
