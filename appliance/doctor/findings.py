"""What the doctor says: one finding for each layer, a walk for each server, a report of them all.

The JSON of ``deskphone doctor --json`` is these values as they are: fields may be added, never
renamed.
"""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from appliance.sip.verdict import Verdict

Layer = Literal[
    "link",
    "address",
    "dns",
    "clock",
    "transport",
    "tls",
    "register",
    "contact",
    "reached",
    "media",
]
LAYERS: tuple[Layer, ...] = get_args(Layer)
"""In the order in which a registration needs them."""

State = Literal["ok", "note", "failed", "skipped"]


class Finding(Struct, frozen=True, kw_only=True):
    """What was found at one layer.

    ``note`` is a doubt that stops no registration, ``skipped`` a layer that was not reached or is
    not in use. `text` is for the agent, the rest for IT.
    """

    layer: Layer
    state: State
    verdict: str = ""
    text: str = ""
    evidence: str = ""
    next_step: str = ""


class Walk(Struct, frozen=True, kw_only=True):
    """One account at one of its servers. `exchange` holds the SIP messages, secrets removed."""

    user: str
    server: str
    transport: str
    verdict: str
    text: str
    evidence: str
    next_step: str
    findings: tuple[Finding, ...]
    exchange: tuple[str, ...] = ()
    seconds: float = 0.0


class Report(Struct, frozen=True, kw_only=True):
    """The whole answer; `phone` says whether a phone was running and could be asked."""

    version: str
    verdict: str
    phone: Literal["running", "not running"]
    seconds: float
    walks: tuple[Walk, ...] = ()
    problems: tuple[str, ...] = ()


def fine(layer: Layer, evidence: str) -> Finding:
    """A layer that holds."""
    return Finding(layer=layer, state="ok", evidence=evidence)


def skipped(layer: Layer, why: str) -> Finding:
    """A layer of which nothing can be said."""
    return Finding(layer=layer, state="skipped", evidence=why)


def told(layer: Layer, found: Verdict, state: State = "failed") -> Finding:
    """A layer with a verdict of its own."""
    return Finding(
        layer=layer,
        state=state,
        verdict=found.name,
        text=str(found.text),
        evidence=found.evidence,
        next_step=str(found.next_step),
    )


def decisive(findings: tuple[Finding, ...]) -> Finding | None:
    """The finding that decides: the first failure, else the first doubt with a verdict."""
    for state in ("failed", "note"):
        for finding in findings:
            if finding.state == state and finding.verdict:
                return finding
    return None


def complete(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The same in the order of the layers, and the layers that were not reached."""
    by_layer = {finding.layer: finding for finding in findings}
    return tuple(by_layer.get(name, skipped(name, "not reached")) for name in LAYERS)
