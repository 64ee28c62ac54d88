"""Why a registration failed, told from what the stack saw and from a look of our own.

When no answer came on the wire this module asks the questions of a support desk in their order: is
there a link and an address, does the name resolve, is there a route, does the port answer or
refuse, does the certificate hold? What an answer means is read from the answer; only a refusal that
may mean "somebody else has this extension" is followed by a query. No registration is changed, and
all of it ends within about two seconds.
"""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from appliance.phone.words import in_text
from appliance.sip import bindings, link
from appliance.sip.credentials import choose
from appliance.sip.names import NOT_A_NAME, look_up, why_not
from appliance.sip.query import Exchange, ask
from appliance.sip.reach import Hop, Reached, local_address, reach
from appliance.sip.settings import DEFAULT_PORTS, AccountSettings, Transport
from appliance.sip.translate import header
from appliance.sip.verdict import Attempt, Verdict, VerdictName
from appliance.sip.words import verdict
from appliance.system.links import read_network

LOOK_UP_SECONDS = 1.0
QUERY_SECONDS = 1.5

_CODES: dict[int, VerdictName] = {
    **dict.fromkeys((401, 407), "wrong-password"),
    **dict.fromkeys((403, 603, 606), "forbidden"),
    **dict.fromkeys((404, 410, 604), "unknown-extension"),
    423: "interval-too-brief",
}
_DIGEST = in_text("Let the PBX ask for a digest with MD5 or SHA-256.")
LONGEST_EXPIRES_SECONDS = 3600
"""What can be configured at most."""
_TLS_WORDS: tuple[tuple[str, VerdictName], ...] = (
    ("not yet", "tls-not-yet-valid"),
    ("expired", "tls-expired"),
    ("validity", "tls-expired"),
    ("name", "tls-name-mismatch"),
    ("identit", "tls-name-mismatch"),
)


async def diagnose(
    account: AccountSettings, attempt: Attempt, seen: Reached | None = None
) -> Verdict:
    """The verdict over one attempt to register; never raises for anything that a network does.

    `seen` is what a look at the server's port found while the attempt was under way.
    """
    if attempt.answered:
        return of_answer(account, attempt)
    try:
        host, port = split_server(attempt.contacted, DEFAULT_PORTS[transport_of(account, attempt)])
    except ValueError as error:
        return verdict("bad-config", f"server = {attempt.contacted!r}: {error}")
    looked = [seen] if seen is not None else []
    if seen is None:
        addresses = [attempt.address]
        if not attempt.address:
            try:
                found = await look_up(host, port, LOOK_UP_SECONDS, account.address_family)
                addresses = [address for _, (address, _) in found]
            except NOT_A_NAME as error:
                trouble = attempt.error or f"{host}: {why_not(error)}"
                return link.judge(read_network()) or await _nameless(account, host, port, trouble)
        transport = transport_of(account, attempt)
        name = attempt.identity or host
        hops = [Hop(name, address, port, transport) for address in addresses[:4]]
        looked = await asyncio.gather(*(reach(hop, account) for hop in hops))
    if not looked:
        return verdict("no-dns", f"{host}: the name has no address")
    return of_silence(attempt, next((r for r in looked if r.trouble is None), looked[-1]))


async def _nameless(account: AccountSettings, host: str, port: int, trouble: str) -> Verdict:
    """The name leads nowhere; perhaps for the account's address family alone."""
    if account.address_family == "auto":
        return verdict("no-dns", trouble)
    try:
        found = await look_up(host, port, LOOK_UP_SECONDS)
    except NOT_A_NAME:
        return verdict("no-dns", trouble)
    others = ", ".join(dict.fromkeys(address for _, (address, _) in found))
    return verdict(
        "no-dns",
        f"{trouble} with address_family = {account.address_family!r}; it has {others}",
        in_text("Set 'address_family' to 'auto', or give the server an address of that family."),
    )


async def who_has_it(account: AccountSettings, attempt: Attempt) -> Exchange:
    """Asks the registrar who has the extension; an empty exchange where nobody can be asked.

    One query, RFC 3261 section 10.2.2, answered within `QUERY_SECONDS` or not at all.
    """
    if not attempt.address:
        return Exchange()
    host, port = split_server(attempt.contacted, DEFAULT_PORTS[transport_of(account, attempt)])
    name = attempt.identity or host
    hop = Hop(name, attempt.address, port, transport_of(account, attempt))
    return await ask(hop, account, attempt.server, QUERY_SECONDS)


def taken(account: AccountSettings, attempt: Attempt, listing: str, mark: str) -> Verdict | None:
    """Whether another unit has the extension and the one with this mark has not. Pure."""
    found = bindings.taken(listing, mark)
    if found is None:
        return None
    return verdict(found.name, f"{_evidence(account, attempt)}; {found.evidence}")


def split_server(server: str, default_port: int) -> tuple[str, int]:
    """``host[:port]`` into its parts, IPv6 literals without their brackets; raises `ValueError`."""
    parts = urlsplit(f"//{server}")
    if not parts.hostname or parts.path or parts.username is not None:
        raise ValueError("expected host or host:port, IPv6 addresses in [brackets]")
    return parts.hostname, default_port if parts.port is None else parts.port


def transport_of(account: AccountSettings, attempt: Attempt) -> Transport:
    """How the attempt travelled, which an outbound proxy may have decided."""
    known: dict[str, Transport] = {kind: kind for kind in DEFAULT_PORTS}
    return known.get(attempt.transport, account.transport)


def of_answer(account: AccountSettings, attempt: Attempt) -> Verdict:
    """What a final response means. Pure."""
    if 200 <= attempt.code < 300 and not attempt.error:
        return verdict("ok", "")
    name = _CODES.get(attempt.code, "server-error")
    evidence = _evidence(account, attempt)
    if name == "server-error" and attempt.error:
        evidence += f"; {attempt.error}"
    if 300 <= attempt.code < 400:
        place = header(attempt.answer, "Contact", "m")
        where = f" to {place}" if place else ""
        return verdict(
            name,
            f"{evidence}; it redirects{where}",
            in_text("Set 'server' to where the PBX redirects to."),
        )
    if attempt.offered and name == "forbidden":
        evidence += f" with credentials of {account.login!r}"
        return verdict("wrong-password", evidence)
    if name == "wrong-password":
        challenges = bindings.lines(attempt.answer, "WWW-Authenticate", "Proxy-Authenticate")
        asked = choose(challenges)
        if asked is None and (challenges or attempt.error):
            return verdict("server-error", f"{evidence}; it asks for no digest", _DIGEST)
        if asked is not None and not asked.supported:
            return verdict("server-error", f"{evidence}; it asks for {asked.words}", _DIGEST)
        evidence += f" with credentials of {account.login!r}"
        evidence += f" ({asked.words})" if asked is not None else ", or before it asked for any"
        if asked is not None and asked.stale:
            step = in_text("Let the PBX accept its own nonces; its nodes have to share them.")
            return verdict("server-error", evidence, step)
    if name == "interval-too-brief" and attempt.min_expires:
        evidence += f"; it accepts {attempt.min_expires} s or more"
        if attempt.min_expires > LONGEST_EXPIRES_SECONDS:
            step = in_text(
                "Let the PBX accept {seconds} s or less.", seconds=LONGEST_EXPIRES_SECONDS
            )
            return verdict(name, evidence, step)
        step = in_text("Set 'expires' to {seconds} or more.", seconds=attempt.min_expires)
        return verdict(name, evidence, step)
    return verdict(name, evidence)


def of_silence(attempt: Attempt, seen: Reached) -> Verdict:
    """What it means that no answer came, given a look at the server's port."""
    hop = seen.hop
    local = local_address(hop.address, hop.port)
    own = link.judge(read_network(), local, ":" in hop.address)
    if own is not None and seen.trouble in ("silent", "unreachable", None):
        return own
    if seen.trouble is not None:
        return verdict(seen.trouble, seen.evidence, seen.next_step)
    for words in attempt.tls:
        for part, name in _TLS_WORDS:
            if part in words.lower():
                return verdict(name, f"{hop.words}: {words}")
    if attempt.tls:
        return verdict("tls-untrusted", f"{hop.words}: {'; '.join(attempt.tls)}")
    return verdict("silent", f"{seen.evidence}; REGISTER got no answer")


def _evidence(account: AccountSettings, attempt: Attempt) -> str:
    through = f" through {attempt.contacted}" if attempt.contacted != attempt.server else ""
    where = f" from {attempt.source}" if attempt.source else ""
    evidence = (
        f"REGISTER {account.user}@{attempt.server}{through}: {attempt.code} {attempt.reason}{where}"
    )
    for name in ("Retry-After", "Warning"):
        value = header(attempt.answer, name)
        if value:
            evidence += f"; {name}: {value[:120]}"
    return evidence
