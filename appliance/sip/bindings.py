"""Who stands behind an extension, read from the registrar's 200. Pure.

A registrar lists every contact of the extension (RFC 3261 section 10.3, step 8). Ours should be
among them, as we sent it or at the address from which the server saw us come; `mark` is a URI
parameter by which a unit knows its own contacts. Another address means that somebody on the way
has rewritten us, no contact of ours that another unit has taken the extension.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from appliance.sip.translate import head, header
from appliance.sip.trust import plain_address
from appliance.sip.verdict import Verdict
from appliance.sip.words import verdict

MARK = "unit"
"""Name of the URI parameter that carries the mark."""
_PUBLIC_GRUU = re.compile(r';\s*pub-gruu\s*=\s*"([^"]+)"', re.IGNORECASE)
_EXPIRES = re.compile(r";\s*expires\s*=\s*(\d{1,10})(?!\d)", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Binding:
    """A contact that the registrar has: its URI, where that leads, and for how many seconds."""

    uri: str
    address: str
    port: int
    seconds: int | None = None

    def is_marked(self, mark: str) -> bool:
        """Whether it was made by the unit with this mark."""
        return bool(mark) and f";{MARK}={mark}" in f"{self.uri};".replace(">", ";")


@dataclass(frozen=True, slots=True)
class Way:
    """How a request went out (Via sent-by) and where the server saw it come from."""

    transport: str
    sent: tuple[str, int]
    seen: tuple[str, int]

    @property
    def translated(self) -> bool:
        """Whether there is a NAT between."""
        return self.sent[0] != self.seen[0]


def bindings(answer: str) -> tuple[Binding, ...]:
    """Every contact in a response; what cannot be understood is left out."""
    found = []
    for value in _values(answer, "Contact", "m"):
        bare = _QUOTED.sub("", value)
        uri = re.search(r"<([^>]*)>", bare)
        text = uri[1] if uri else value.partition(";")[0].strip()
        place = _place(text.partition(":")[2].partition(";")[0].rpartition("@")[2])
        left = _EXPIRES.search(bare[uri.end() if uri else 0 :])
        if place is not None:
            found.append(Binding(text, *place, int(left[1]) if left else None))
    return tuple(found)


def assigned(answer: str, mark: str) -> str:
    """The public GRUU that a 200 to REGISTER has for our contact, RFC 5627 section 4.2; or empty.

    A registrar that was asked for none, or knows none, lists the contact without it.
    """
    for value in _values(answer, "Contact", "m"):
        uri = re.search(r"<([^>]*)>(.*)", value)
        if uri is not None and Binding(uri[1], "", 0).is_marked(mark):
            found = _PUBLIC_GRUU.search(uri[2])
            return found[1] if found else ""
    return ""


def seconds_left(answer: str, mark: str) -> int | None:
    """For how long a 200 to REGISTER lists our contact; None where it does not say.

    One that was left behind, at another address before a power cut or by an earlier connection, may
    stand beside it.
    """
    path = way(answer)
    ours = [binding for binding in bindings(answer) if binding.is_marked(mark)]
    here = [binding for binding in ours if path is not None and _at_home(binding, path)]
    listed = [binding.seconds for binding in here or ours if binding.seconds is not None]
    return max(listed, default=None)


def way(answer: str) -> Way | None:
    """The topmost Via of a response; None where there is none to read."""
    sent = re.match(r"SIP\s*/\s*2\.0\s*/\s*(\w+)\s+([^;\s]+)(.*)", header(answer, "Via", "v"))
    place = _place(sent[2]) if sent else None
    if sent is None or place is None:
        return None
    received = re.search(r";\s*received\s*=\s*\[?([^;,\s\]]+)", sent[3])
    port = re.search(r";\s*rport\s*=\s*(\d{1,5})", sent[3])
    address = plain_address(received[1]) if received else place[0]
    return Way(sent[1].lower(), place, (address or place[0], int(port[1]) if port else place[1]))


def judge(answer: str, mark: str) -> Verdict | None:
    """The verdict over a 200 to a REGISTER of the unit with this `mark`; None if all is well.

    A 200 that lists nobody tells nothing, and one that lists others beside us is how shared
    extensions look.
    """
    listed, path = bindings(answer), way(answer)
    if not listed or path is None:
        return None
    ours = [binding for binding in listed if binding.is_marked(mark)]
    if any(_at_home(binding, path) for binding in ours or listed):
        return None
    where = ", ".join(f"{binding.address} port {binding.port}" for binding in ours or listed)
    sent = f"sent from {path.sent[0]} port {path.sent[1]}"
    if path.sent != path.seen:
        sent += f", seen from {path.seen[0]} port {path.seen[1]}"
    if ours:
        return verdict("nat-rewritten", f"REGISTER {sent}; the server has us at {where}")
    return verdict("moved-elsewhere", f"REGISTER {sent}; the server has the extension at {where}")


def taken(answer: str, mark: str) -> Verdict | None:
    """Whether others hold the extension and we do not, from a 200 to a query."""
    listed = bindings(answer)
    if not listed or any(binding.is_marked(mark) for binding in listed):
        return None
    where = ", ".join(f"{binding.address} port {binding.port}" for binding in listed)
    return verdict("moved-elsewhere", f"the server has the extension at {where}")


def lines(message: str, *names: str) -> list[str]:
    """The value of every header line of a name, unfolded."""
    unfolded = re.sub(r"\r?\n[ \t]+", " ", head(message))
    pattern = rf"^(?:{'|'.join(names)})[ \t]*:[ \t]*(.*?)[ \t\r]*$"
    return re.findall(pattern, unfolded, re.IGNORECASE | re.MULTILINE)


def _values(message: str, *names: str) -> list[str]:
    """The same where a line may hold several values, separated by commas."""
    found: list[str] = []
    for line in lines(message, *names):
        bare = _QUOTED.sub(lambda match: "_" * len(match[0]), line)
        cuts = [0, *(m.end() for m in re.finditer(r",(?![^<]*>)", bare)), len(line) + 1]
        found += [line[a : b - 1].strip() for a, b in pairwise(cuts)]
    return [value for value in found if value]


def _at_home(binding: Binding, path: Way) -> bool:
    """Over a connection the port does not matter: the server answers where we came from."""
    if path.transport in ("tcp", "tls"):
        return binding.address in (path.sent[0], path.seen[0])
    return (binding.address, binding.port) in (path.sent, path.seen)


def _place(text: str) -> tuple[str, int] | None:
    """``host[:port]`` as canonical address (or lower-case name) and port."""
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host:
        return None
    return plain_address(f"[{host}]") or host, 5060 if port is None else port
