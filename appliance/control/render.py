"""Answers in words: what ``ctl`` prints when nobody asked for JSON.

Plain text without colour, and nothing that a far end may have sent can steer the terminal: what
does not print is replaced.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from appliance.control.status import AccountStatus, CallStatus, PastCall, Status, StrangersStatus

_LABEL = 10


def printable(text: str) -> str:
    """The text with everything that could steer a terminal replaced by ``?``."""
    return "".join(c if c.isprintable() else "?" for c in text)


def status_text(status: Status) -> str:
    """A status for people, a few lines long, without a final line break."""
    hook = f"{status.hook}-hook" + (", hands-free" if status.hands_free else "")
    modes = [word for word, on in (("muted", status.muted), ("DND", status.dnd)) if on]
    head = (f"deskphone {status.version}", f"up {duration(status.uptime_s)}", hook, *modes)
    config = status.config
    source = f" from {config.source}" if config.source else ""
    lines = [
        f"{status.name}: {', '.join(head)}",
        *_block("accounts", (_account(account) for account in status.accounts)),
        *_block("calls", (call_text(call) for call in status.calls)),
        *_block("headset", [f"{status.headset.state} {_headset(status)}".strip()]),
        *_block("lamps", [", ".join(f"{lamp} {state}" for lamp, state in status.lamps.items())]),
        *_block("waiting", [f"{status.messages} messages, {status.missed} missed calls"]),
        *_block(
            "config",
            [
                f"{config.version or 'no version'}{source}, {duration(config.age_s)} old"
                + (", on trial" if config.trial else "")
            ],
        ),
        *_block("problems", (f"{p.code} {p.part}: {p.text}" for p in status.problems)),
        *_block("strangers", [_strangers(status.strangers)]),
        *_block("screen", status.screen),
    ]
    return "\n".join(printable(line) for line in lines)


def _strangers(strangers: StrangersStatus) -> str:
    dropped = f"{strangers.turned_away} packets turned away, last from {strangers.last_from}"
    rang = f"{strangers.unheeded} calls rang that were to be answered by themselves"
    told = (dropped if strangers.turned_away else "", rang if strangers.unheeded else "")
    return "; ".join(filter(None, told))


def call_text(call: CallStatus) -> str:
    """One call in one line."""
    who = call.number + (f" ({call.name})" if call.name else "")
    facts = [
        f"account {call.account}" if call.account else "",
        call.codec,
        "secure" if call.secure else "",
        "muted" if call.muted else "",
        "held by the other side" if call.remote_held else "",
        "in a conference" if call.conference else "",
        f"being transferred to {call.transferring}" if call.transferring else "",
        f"for {call.diverted_from}" if call.diverted_from else "",
        f"{call.reason} ({call.code})" if call.code else call.reason,
        f"since {call.since}" if call.since else "",
    ]
    rtp = call.rtp
    if rtp.rx or rtp.tx:
        facts.append(f"received {rtp.rx}, sent {rtp.tx}, lost {rtp.lost}")
        facts.append(f"jitter {rtp.jitter_ms:.1f} ms" + (f", MOS {rtp.mos:.1f}" if rtp.mos else ""))
    told = ", ".join(fact for fact in facts if fact)
    return printable(f"{call.id} {call.state} {call.direction} {who}: {told}".rstrip(": "))


def past_text(call: PastCall) -> str:
    """One call of the log in one line."""
    who = call.number + (f" ({call.name})" if call.name else "")
    ended = {
        "here": "ended here",
        "there": "" if call.kind == "missed" else "ended by the other side",
        "failed": f"{call.reason} ({call.code})",
        "elsewhere": "answered elsewhere",
        "cut": "cut by the end of the phone",
        "dnd": "turned away by do not disturb",
        "full": "turned away for want of a line",
    }
    facts = [
        f"account {call.account}" if call.account else "",
        f"talked {duration(call.length_s)}" if call.length_s else "",
        ended.get(call.end, call.end),
    ]
    told = ", ".join(fact for fact in facts if fact)
    return printable(f"{call.since} {call.kind} {who}: {told}".rstrip(": "))


def event_text(event: Mapping[str, object]) -> str:
    """One event of ``watch`` in one line: when, what, and its fields."""
    fields = (f"{k}={v}" for k, v in event.items() if k not in ("event", "monotonic", "utc"))
    return printable(" ".join((str(event.get("utc", "")), str(event.get("event", "")), *fields)))


def duration(seconds: float) -> str:
    """A length of time in its two largest units: ``12 s``, ``3 min 5 s``, ``2 h 7 min``."""
    whole = max(0, int(seconds))
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    days, hour = divmod(hours, 24)
    if days:
        return f"{days} d {hour} h"
    if hours:
        return f"{hours} h {minute} min"
    return f"{minutes} min {second} s" if minutes else f"{second} s"


def _block(label: str, lines: Iterable[str]) -> list[str]:
    told = [line for line in lines if line] or ["none"]
    return [f"{label if i == 0 else '':<{_LABEL}}{line}" for i, line in enumerate(told)]


def _account(account: AccountStatus) -> str:
    registration = account.registration
    code = f"{registration.code} " if registration.code else ""
    said = registration.verdict not in ("", "ok")
    facts = [
        f"{registration.state}, {code}{registration.verdict}: {registration.text}"
        if said and registration.state in ("failed", "registered")
        else registration.state,
        f"for {duration(registration.expires_in)} more" if registration.expires_in else "",
        f"at {registration.server_in_use}" if registration.server_in_use else "",
        registration.evidence,
        f"next step: {registration.next_step}" if registration.next_step else "",
    ]
    told = ", ".join(fact for fact in facts if fact)
    return f"{account.user} on {account.server} ({account.transport}): {told}"


def _headset(status: Status) -> str:
    headset = status.headset
    return f"{headset.name} [{headset.id}]" if headset.id else headset.name
