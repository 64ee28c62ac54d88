"""What the agent sees: the screen as a function of the state.

The order of the questions is the order of importance: the menu that was asked for, a call that
rings, a number being typed, a call, the words of one that has ended, trouble, and only then the
idle picture. Every text here is short enough for the display or may lose its end.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.phone import forward, mailbox, setup
from appliance.phone.calendar import length
from appliance.phone.pages import GROUP, Menu, Place, first_of_group, lines
from appliance.phone.screen import Icon, Layout, Screen
from appliance.phone.session import name_of
from appliance.phone.settings import AccountSettings
from appliance.phone.softkeys import soft_keys
from appliance.phone.standing import Registration
from appliance.phone.state import Call, Handover, Phone
from appliance.phone.words import as_it_is, composed, in_column, in_line, in_text, in_title

_PROMPTS = {"transfer": in_title("Transfer to"), "conference": in_title("Conference with")}
_PHASES = {
    "calling": in_title("Calling"),
    "ringing": in_title("Ringing"),
    "incoming": in_title("Incoming call"),
}


def view(phone: Phone) -> Screen:
    """The one screen that belongs to this state."""
    waiting = phone.waiting
    front = phone.front_call
    if phone.menu is not None:
        return _menu(phone, phone.menu)
    if waiting is not None:
        return _incoming(phone, waiting)
    if phone.entry is not None:
        plain = in_title("Dialling") if phone.entry.digits else in_title("Dial")
        return _screen(
            phone,
            "entry",
            _PROMPTS[phone.prompting.purpose] if phone.prompting else plain,
            phone.entry.digits,
            (
                _account(phone, phone.entry.account or 0),
                _notice(phone) or (in_line("On hold: {who}", who=name_of(front)) if front else ""),
            ),
            cursor=True,
        )
    if front is not None and phone.handover is not None and phone.handover.call == front.id:
        return _handover(phone, phone.handover, front)
    if front is not None:
        return _call(phone, front)
    if phone.ended is not None:
        code = str(phone.ended.code) if phone.ended.code else ""
        who = name_of(phone.ended)
        return _screen(phone, "call", phone.ended.words, who, (_notice(phone),), code=code)
    return _idle(phone)


def _screen(
    phone: Phone,
    layout: Layout,
    title: str,
    big: str = "",
    lines: tuple[str, ...] = (),
    icons: tuple[Icon, ...] = (),
    code: str = "",
    cursor: bool = False,
    chosen: int = 0,
) -> Screen:
    first, second, third = soft_keys(phone)
    return Screen(
        layout,
        title,
        big,
        tuple(line for line in lines if line),
        code,
        icons or _status_icons(phone),
        (first[0], second[0], third[0]),
        cursor,
        chosen,
    )


def _status_icons(phone: Phone) -> tuple[Icon, ...]:
    icons: list[Icon] = []
    states = {registration.state for registration in phone.registrations}
    if states == {"registered"}:
        icons.append("registered")
    elif "registered" in states:
        icons.append("partly-registered")
    else:
        icons.append("registering" if states == {"trying"} else "unregistered")
    icons.append("headset" if phone.headset.state == "ready" else "no-headset")
    if phone.dnd:
        icons.append("dnd")
    if phone.messages:
        icons.append("messages")
    if phone.problems or any(map(_doubtful, phone.registrations)):
        icons.append("warning")
    return tuple(icons)


def _notice(phone: Phone) -> str:
    """What has just happened, or what somebody says."""
    said = phone.text.words if phone.text else ""
    return phone.notice.text if phone.notice else said


def _account(phone: Phone, account: int) -> str:
    """Which account a call belongs to, where there are several."""
    settings = phone.settings
    if not settings.several:
        return ""
    return in_line("Line: {name}", name=settings.accounts[account].name)


def _incoming(phone: Phone, call: Call) -> Screen:
    busy = next((other for other in phone.calls if other.live), None)
    title = in_title("Call waiting") if busy or phone.engaged else in_title("Incoming call")
    number = call.number if call.name else ""
    called = in_line("for {whom}", whom=call.diverted_from) if call.diverted_from else ""
    held = next((other for other in phone.calls if other.held), None)
    beside = in_line("On hold: {who}", who=name_of(held)) if held else ""
    if busy:
        beside = in_line("Talking: {who}", who=name_of(busy))
    if call.answer_due:
        beside = in_line("Answers by itself")
    if phone.entry is not None and phone.entry.digits:
        beside = as_it_is(phone.entry.digits)
    return _screen(
        phone,
        "call",
        title,
        name_of(call),
        (number, called, _account(phone, call.account), _notice(phone) or beside),
        icons=("waiting" if busy else "incoming", *_status_icons(phone)),
    )


def _menu(phone: Phone, menu: Menu) -> Screen:
    place, found = menu.place, lines(phone)
    title = _notice(phone) or place.page.title(phone)
    if place.page.enter is not None:
        typed = _typed(place)
        below = tuple(item.words for item in found)
        return _screen(phone, "entry", title, typed, below, cursor=True)
    if not found:
        text = place.page.text(phone) or (in_text("Nothing here"),)
        return _screen(phone, "message", title, lines=text)
    first = first_of_group(menu, len(found))
    words = tuple(
        composed(
            "{place} {item}" if not item.ticked else "{place}✓{item}", place=digit, item=item.words
        )
        for digit, item in enumerate(found[first : first + GROUP], 1)
    )
    return _screen(
        phone, "menu", title, lines=words, chosen=min(place.marked, len(found) - 1) - first
    )


def _typed(place: Place) -> str:
    """What is typed, as it may be seen: of a hidden text the last letter, where that is chosen."""
    if not place.page.hidden:
        return place.typed
    shown = place.typed[-1:] if place.page.letters else ""
    return "•" * (len(place.typed) - len(shown)) + shown


def _handover(phone: Phone, handover: Handover, call: Call) -> Screen:
    expected = phone.expected
    rings = handover.ringing or (expected is not None and expected.phase == "ringing")
    state = in_title("Ringing") if rings else ""
    beside = _notice(phone) or state
    return _screen(
        phone,
        "call",
        in_title("Transferring"),
        handover.who,
        (name_of(call), beside),
        icons=("held",),
    )


def _call(phone: Phone, call: Call) -> Screen:
    lasted = length(phone.now.monotonic - call.answered_at)
    icons: list[Icon] = ["outgoing" if call.direction == "out" else "incoming"]
    if call.phase != "talking":
        title = in_title("Answering") if call.answering else _PHASES[call.phase]
    elif call.held:
        if call.joined:
            title = in_title("Conf. held {length}", length=lasted)
        else:
            title = in_title("On hold {length}", length=lasted)
        icons = ["held"]
    elif call.joined:
        title = in_title("Conference {length}", length=lasted)
        icons = ["talking"]
    elif call.remote_held:
        title = in_title("They hold {length}", length=lasted)
        icons = ["remote-held"]
    else:
        plain = in_title("Talking {length}", length=lasted)
        title = in_title("Session {length}", length=lasted) if call.session else plain
        icons = ["talking"]
    if call.secure:
        icons.append("secure")
    if phone.muted:
        icons.append("muted")
    if phone.headset.state != "ready":
        icons.append("no-headset")
    others = [in_line("with {who}", who=name_of(other)) for other in phone.partners(call)] or [
        in_line("On hold: {who}", who=name_of(other))
        for other in phone.others(call.id)
        if other.held
    ]
    return _screen(
        phone,
        "call",
        title,
        name_of(call),
        (
            call.number if call.name and not call.joined and not call.session else "",
            _account(phone, call.account),
            _notice(phone)
            or (in_line("Headset unplugged") if phone.headset.state != "ready" else "")
            or (others[0] if others else "")
            or (in_line("Sent {digits}", digits=call.digits) if call.digits else "")
            or (in_line("Muted") if phone.muted else call.codec),
        ),
        icons=tuple(icons),
    )


def _idle(phone: Phone) -> Screen:
    if not phone.started:
        return _screen(phone, "message", in_title("Starting up"), lines=(phone.settings.name,))
    refused = phone.refused_settings
    if refused is not None and not phone.notice:
        said = (refused.text, in_text("The last good ones are in use."))
        return _screen(phone, "message", in_title("Wrong settings"), lines=said, code=refused.code)
    if phone.unprovisioned and not phone.notice:
        return _setup(phone)
    if not phone.notice and not phone.registered:
        for account, registration in zip(phone.settings.accounts, phone.registrations, strict=True):
            if registration.failures:
                return _failed(phone, account, registration)
        if any(registration.queued for registration in phone.registrations):
            words = (in_text("Power is back. Waiting its turn; lift: at once"),)
            return _screen(phone, "message", in_title("Registering"), lines=words)
        if any(registration.lost for registration in phone.registrations):
            words = (in_text("Connection lost. Waiting its turn; lift: at once"),)
            return _screen(phone, "message", in_title("Registering"), lines=words)
        account = phone.settings.accounts[0]
        where = (in_line("{user} at", user=account.user), account.server)
        return _screen(phone, "message", in_title("Registering"), lines=where)
    if phone.session_lost is not None and not phone.notice:
        return _screen(phone, "message", in_title("Session lost"), lines=(phone.session_lost,))
    if phone.text is not None and not phone.notice:
        return _screen(phone, "message", in_title("Message"), lines=(phone.text.words,))
    return _screen(
        phone,
        "idle",
        phone.settings.name,
        phone.now.clock,
        (forward.idle_words(phone) or phone.now.date, _idle_words(phone)),
    )


def _setup(phone: Phone) -> Screen:
    """Beside the code there is no room for icons, and nothing that they could tell."""
    told = _screen(phone, "setup", in_column("Setup"), lines=setup.words(phone))
    return replace(told, icons=(), qr=setup.enrolment(phone))


def _failed(phone: Phone, account: AccountSettings, registration: Registration) -> Screen:
    code = " ".join(
        filter(None, (str(registration.code) if registration.code else "", registration.verdict))
    )
    lines = (_standing(phone, account, registration), registration.next_step)
    return _screen(phone, "message", in_title("Not registered"), lines=lines, code=code)


def _standing(phone: Phone, account: AccountSettings, registration: Registration) -> str:
    several = phone.settings.several
    if not several:
        return registration.text
    return composed("{name}: {what}", name=account.name, what=registration.text)


def _doubtful(registration: Registration) -> bool:
    """Registered, and yet calls may not arrive."""
    return registration.state == "registered" and registration.verdict not in ("", "ok")


def _idle_words(phone: Phone) -> str:
    if phone.notice:
        return phone.notice.text
    if phone.locked:
        return in_line("Emergency calls only")
    if phone.problems:
        return phone.problems[-1].text
    for account, registration in zip(phone.settings.accounts, phone.registrations, strict=True):
        if registration.failures or _doubtful(registration):
            return _standing(phone, account, registration)
    in_vain = mailbox.idle_words(phone)
    if in_vain is not None:
        return in_vain
    if phone.headset.state != "ready":
        return in_line("No headset")
    default = phone.settings.accounts[0]
    return f"{default.user} {default.display_name}".strip()
