"""The layers behind a 200: contact, requests from the server, media; and the running phone's word.

Pure: the registrar's answer and the phone's status in, findings out.
"""

from __future__ import annotations

from appliance.control.status import AccountStatus, CallStatus
from appliance.doctor.findings import Finding, fine, skipped, told
from appliance.phone.words import as_it_is, in_text
from appliance.sip import bindings
from appliance.sip.bindings import Way
from appliance.sip.reach import Hop
from appliance.sip.verdict import Verdict, VerdictName
from appliance.sip.words import NAMES, verdict

LONG_AGO_SECONDS = 300
"""Longer than any usual pause between two OPTIONS."""
SENT_ENOUGH = 50
"""RTP packets (a second of them) after which some should have come back."""


def the_answer(
    answer: str, mark: str, phone: AccountStatus | None, calls: tuple[CallStatus, ...], hop: Hop
) -> list[Finding]:
    """What a 200 of `hop` to a query shows, given what the running phone says of this account."""
    path = bindings.way(answer)
    elsewhere = _elsewhere(phone, hop)
    registered = phone is not None and phone.registration.state == "registered" and not elsewhere
    findings = [_contact(answer, mark, path, registered=registered)]
    absent = f"the phone is registered at {elsewhere}, not here" if elsewhere else ""
    if phone is None or absent:
        why = absent or "no phone is running here"
        findings += [skipped(layer, why) for layer in ("reached", "media")]
        return findings
    findings.append(_reached(phone))
    findings.append(_media(phone.user, calls, path))
    return findings


def _elsewhere(phone: AccountStatus | None, hop: Hop) -> str:
    """The other server, or host of this one, that the phone is registered at; empty for none."""
    if phone is None or phone.registration.state != "registered":
        return ""
    used = phone.registration.server_in_use.partition(";")[0]
    here = {
        f"[{host}]:{hop.port}" if ":" in host else f"{host}:{hop.port}"
        for host in (hop.host, hop.address)
    }
    return "" if used in (*here, hop.server) else used


def the_phone(findings: tuple[Finding, ...], phone: AccountStatus | None) -> tuple[Finding, ...]:
    """The same, and what the running phone knows that a query cannot find out.

    Where the walk found nothing wrong and the phone is not registered, the phone's word counts.
    """
    if phone is None or any(finding.state == "failed" for finding in findings):
        return findings
    said = phone.registration
    name: VerdictName | None = NAMES.get(said.verdict)
    if name is None or name == "ok" or said.state not in ("failed", "registered"):
        return findings
    found = Verdict(
        name,
        as_it_is(said.text),
        as_it_is(said.next_step),
        f"the running phone says: {said.evidence}",
    )
    if said.state == "failed":
        return (*(f for f in findings if f.layer != "register"), told("register", found))
    away = any(finding.layer == "reached" and finding.state == "skipped" for finding in findings)
    if away or any(finding.verdict == name for finding in findings):
        return findings
    return (*(f for f in findings if f.layer != "contact"), told("contact", found, "note"))


def _contact(answer: str, mark: str, path: Way | None, *, registered: bool) -> Finding:
    listed = bindings.bindings(answer)
    here = {path.sent[0], path.seen[0]} if path else set()
    ours = [b for b in listed if b.is_marked(mark)]
    if not ours:
        ours = [b for b in listed if b.address in here and bindings.MARK not in b.uri]
    others = [b for b in listed if b not in ours]
    where = ", ".join(f"{b.address} port {b.port}" for b in ours)
    beside = ", ".join(f"{b.address} port {b.port}" for b in others)
    seen = f"this unit is seen as {path.seen[0]}" if path else ""
    if path and path.translated:
        seen += f" (NAT; sent from {path.sent[0]})"
    if ours and here and not any(b.address in here for b in ours):
        return told("contact", verdict("nat-rewritten", f"the server has us at {where}; {seen}"))
    if ours:
        shared = f"; so is {beside}" if others else ""
        return fine("contact", f"{where} is registered{shared}; {seen}")
    if others:
        taken = f"the server has the extension at {beside}, and not here; {seen}"
        state = "failed" if registered else "note"
        return told("contact", verdict("moved-elsewhere", taken), state)  # type: ignore[arg-type]
    if registered:
        lost = "the phone has registered, but the server lists nobody"
        step = in_text(
            "Look why the PBX forgets registrations; `deskphone ctl reload` registers anew."
        )
        return told("contact", verdict("server-error", lost, step))
    return fine("contact", f"nobody is registered; {seen}")


def _reached(phone: AccountStatus) -> Finding:
    said = phone.registration
    if said.state != "registered":
        return skipped("reached", "the phone is not registered")
    last = f"{said.last_request} from the server {said.last_request_age_s} s ago"
    if not said.last_request or said.last_request_age_s > LONG_AGO_SECONDS:
        hint = f"the last was {last}" if said.last_request else "none since the phone began"
        return Finding(
            layer="reached",
            state="note",
            evidence=f"requests from the server: {hint}",
            next_step="Let the PBX send OPTIONS (Asterisk: qualify_frequency = 30), or call the"
            " phone: the display must ring.",
        )
    return fine("reached", last)


def _media(user: str, calls: tuple[CallStatus, ...], path: Way | None) -> Finding:
    talking = [call for call in calls if call.account == user and call.state == "talking"]
    if not talking:
        hint = "no call is up"
        if path and path.translated:
            hint += "; behind NAT: the PBX has to send audio back to where it comes from"
            hint += " (Asterisk: rtp_symmetric = yes, direct_media = no)"
        return skipped("media", hint)
    figures = [
        f"call {c.id}: {c.rtp.rx} packets received, {c.rtp.tx} sent, {c.rtp.lost} lost"
        for c in talking
    ]
    if any(c.rtp.tx > SENT_ENOUGH and not c.rtp.rx for c in talking):
        return Finding(
            layer="media",
            state="note",
            text="No audio arrives",
            evidence="; ".join(figures),
            next_step="Open the RTP ports between phone and PBX (UDP; Asterisk: rtp.conf), and let"
            " the PBX answer to where audio comes from (rtp_symmetric = yes).",
        )
    return fine("media", "; ".join(figures))
