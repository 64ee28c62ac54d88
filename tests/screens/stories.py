"""How the phone comes to show each of the example screens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from appliance.phone.directory import Contact, directory_of
from appliance.phone.events import (
    CallAnswered,
    CallEnded,
    CallIncoming,
    CallMedia,
    CallProgress,
    ColleagueChanged,
    DialRequested,
    FactsRead,
    HangUpRequested,
    HeadsetChanged,
    HeadsetTested,
    MessagesChanged,
    ProblemFound,
    RegistrationChanged,
    TextReceived,
    TimePassed,
    VolumeChanged,
)
from appliance.phone.moment import Moment
from appliance.phone.numbering import PLANS
from appliance.phone.preferences import Preferences
from appliance.phone.session import Sessions
from appliance.sip.words import verdict
from tests.phone.stories import Bench
from tests.screens.byhand import BY_HAND
from tests.screens.desk import (
    CAMPAIGN,
    at_rest,
    bench,
    called_before,
    consulting,
    maria,
    talking,
    transfer_to,
    two_lines,
)
from tests.screens.lists import LISTS
from tests.screens.others import OTHERS


def out_of_the_box() -> Bench:
    unit = FactsRead(mac="b827eb010203", serial="10000000e1a2b3c4", address="192.0.2.20")
    return Bench(registered=False, accounts=()).feed(unit)


def choosing_a_line() -> Bench:
    phone = two_lines().feed(RegistrationChanged(1, "registered", 200, "ok"))
    return called_before(phone).press("line2")


def session() -> Bench:
    phone = bench(sessions=Sessions(vicidial=True))
    incoming = CallIncoming(2, 0, "0000000000", "S11231945078600051", trusted=True)
    phone.wait(1.0).feed(incoming).wait(1.0)
    return phone.feed(CallAnswered(2), CallMedia(2, "opus"))


def missed_calls() -> Bench:
    phone = called_before(bench("08:05", "Thu 13 Nov"))
    for call in (2, 3):
        phone.feed(CallIncoming(call, 0, "100"), CallEnded(call, 487))
    return phone.wait(60)


def missed_and_messages() -> Bench:
    return missed_calls().feed(MessagesChanged(0, 3))


def mailboxes() -> Bench:
    phone = two_lines().feed(RegistrationChanged(1, "registered", 200, "ok"))
    for account, count in enumerate((2, 3)):
        phone.feed(MessagesChanged(account, count, number="*97"))
    return phone.press("messages")


def park_at() -> Bench:
    phone = bench(park_slots=("701", "702"))
    phone.feed(CallIncoming(2, 0, "100")).press("ok").feed(CallAnswered(2))
    return phone.hold("*").press("3")


def watching() -> Bench:
    phone = bench(watch=("1002", "1003", "1004"))
    phone.feed(ColleagueChanged("1002", "ringing"), ColleagueChanged("1003", "busy"))
    return phone.feed(ColleagueChanged("1004", "idle")).hold("*").press("4")


def trouble() -> Bench:
    phone = bench("23:10", "Fri 14 Nov").feed(HeadsetChanged("missing")).press("dnd")
    phone.feed(MessagesChanged(0, 2), ProblemFound("keypad", "HW-03", "Key 5 is stuck"))
    return phone.wait(60)


def dialling_long() -> Bench:
    phone = talking("100", "Front desk", 10).press("hold")
    phone.feed(CallMedia(1, "opus", secure=True, held=True)).press("soft2")
    return phone.dial("0014155550142555017734")


def ringing() -> Bench:
    phone = bench().dial("5550142").press("#")
    return phone.feed(CallProgress(phone.phone.calls[-1].id, 180))


def early_media() -> Bench:
    phone = bench().dial("5550142").press("#")
    call = phone.phone.calls[-1].id
    return phone.feed(CallProgress(call, 183, early_media=True), CallMedia(call, "opus", True))


def call_waiting() -> Bench:
    phone = talking("+493055500173", "Jörg Müller", 10)
    return phone.feed(CallIncoming(2, 0, "100", "Front desk"))


def muted() -> Bench:
    phone = bench()
    call = phone.talk("5550142")
    return phone.feed(CallMedia(call, "opus", secure=True)).wait(717).press("mute").wait(10)


def held() -> Bench:
    phone = talking("100", "Front desk", 220, "pcmu").press("hold")
    return phone.feed(CallMedia(1, "pcmu", held=True)).wait(0)


def held_by_them() -> Bench:
    phone = talking("+493055500173", "Jörg Müller", 3723).press("mute")
    return phone.feed(CallMedia(1, "opus", secure=True, remote_held=True))


def last_numbers() -> Bench:
    phone = called_before(bench())
    phone.feed(DialRequested("100"), HangUpRequested(), DialRequested("5550142"), HangUpRequested())
    return phone.wait(60).hold("*").press("2", "1")


def missed_call() -> Bench:
    then = datetime(2026, 11, 23, 9, 12, tzinfo=UTC).timestamp()
    phone = bench().feed(TimePassed(Moment(clock="09:12", epoch=then)))
    phone.feed(CallIncoming(2, 0, "5550142", "Maria Gonçalves"), CallEnded(2, 487))
    later = Moment(monotonic=60, clock="14:32", epoch=then + 86400)
    return phone.feed(TimePassed(later)).hold("*").press("2", "2", "1")


def looking_up(*keys: str) -> Bench:
    people = (
        Contact("Ann Example", ("100",)),
        Contact("Anna Óskarsdóttir", ("101",)),
        Contact("Maria Gonçalves", ("+14155550142", "5550142")),
    )
    phone = bench()
    settings = replace(phone.phone.settings, directory=directory_of(people, PLANS["us"]))
    phone.phone = replace(phone.phone, settings=settings)
    return phone.press("directory", *keys)


def headset_tested() -> Bench:
    return at_rest("4", "6").feed(HeadsetTested("Microphone is too quiet", "USB Headset"))


def speaking(language: str, bench: Bench) -> Bench:
    choices = Preferences(language=language)
    bench.phone = replace(bench.phone, preferences=choices)
    return bench


def transferring() -> Bench:
    phone = transfer_to().press("transfer")
    return phone.feed(CallProgress(phone.phone.calls[-1].id, 180))


def transfer_failed() -> Bench:
    phone = maria(30).press("transfer").dial("100").press("transfer")
    return phone.feed(CallEnded(phone.phone.calls[-1].id, 486))


def conference() -> Bench:
    return consulting().press("conference").wait(8)


def forwarding(*keys: str) -> Bench:
    phone = forwarded()
    kept = Preferences(forward_no_answer="5550142")
    phone.phone = replace(phone.phone, preferences=kept)
    return phone.press("ok", "7", *keys)


def forwarded() -> Bench:
    phone = bench()
    phone.phone = replace(phone.phone, preferences=Preferences(forward_always="5550142"))
    return phone


def forwarded_a_call() -> Bench:
    phone = called_before(bench(forward_after=20))
    phone.phone = replace(phone.phone, preferences=Preferences(forward_no_answer="5550142"))
    return phone.feed(CallIncoming(2, 0, "100", "Front desk")).wait(20)


def locked() -> Bench:
    phone = bench()
    settings = replace(phone.phone.settings, pin="2580")
    phone.phone = replace(phone.phone, settings=settings, preferences=Preferences(locked=True))
    return phone


def busy() -> Bench:
    phone = bench().dial("5550177").press("#")
    return phone.feed(CallEnded(phone.phone.calls[-1].id, 486))


def wrong_settings() -> Bench:
    found = "deskphone.toml 2: phone.nmae: unknown key"
    return called_before(bench()).feed(ProblemFound("settings", "CONFIG-01", found))


def not_registered() -> Bench:
    found = verdict("wrong-password", "")
    return bench(registered=False).feed(
        RegistrationChanged(0, "failed", 401, found.name, found.text, found.next_step)
    )


STORIES: dict[str, Callable[[], Bench]] = {
    **OTHERS,
    **LISTS,
    **BY_HAND,
    "setup": out_of_the_box,
    "registering": lambda: bench(registered=False),
    "idle": lambda: called_before(bench()),
    "missed-calls": missed_calls,
    "messages": lambda: called_before(bench("08:05", "Thu 13 Nov")).feed(MessagesChanged(0, 3)),
    "missed-and-messages": missed_and_messages,
    "mailboxes": mailboxes,
    "words-of-a-server": lambda: bench().feed(TextReceived(0, "9", "Dialler", CAMPAIGN)),
    "trouble": trouble,
    "dial": lambda: called_before(bench()).press("headset"),
    "choosing-a-line": choosing_a_line,
    "dialling": lambda: bench().dial("5550142"),
    "dialling-long": dialling_long,
    "calling": lambda: bench().dial("600").press("#"),
    "ringing": ringing,
    "early-media": early_media,
    "answering": lambda: (
        bench().feed(CallIncoming(1, 0, "+493055500173", "Jörg Müller")).press("ok")
    ),
    "ended": lambda: talking("+14155550142", "Maria Gonçalves", 83).feed(CallEnded(1)),
    "headset-unplugged": lambda: talking("+14155550142", "Maria Gonçalves", 83).feed(
        HeadsetChanged("missing")
    ),
    "words-during-a-call": lambda: talking("+14155550142", "Maria Gonçalves", 83).feed(
        TextReceived(0, "9", "Dialler", "Wrap up now")
    ),
    "do-not-disturb": lambda: called_before(bench()).press("dnd").wait(60),
    "answered-elsewhere": lambda: called_before(bench()).feed(
        CallIncoming(2, 0, "100", "Front desk"), CallEnded(2, 200)
    ),
    "forwarded-a-call": forwarded_a_call,
    "incoming": lambda: bench().feed(CallIncoming(1, 0, "+493055500173", "Jörg Müller")),
    "incoming-on-a-line": lambda: two_lines().feed(
        CallIncoming(2, 1, "+493055500173", "Jörg Müller")
    ),
    "call-waiting": call_waiting,
    "talking": lambda: talking("+14155550142", "Maria Gonçalves", 83),
    "session": lambda: session().wait(65.0),
    "end-of-session": lambda: session().press("headset"),
    "session-lost": lambda: session().feed(CallEnded(2)).wait(5.0),
    "muted": muted,
    "held": held,
    "held-by-them": held_by_them,
    "diverted-call": lambda: bench().feed(
        CallIncoming(1, 0, "+493055500173", "Jörg Müller", "Sales")
    ),
    "answers-by-itself": lambda: bench().feed(
        CallIncoming(1, 0, "200", "Supervisor", trusted=True, answer_after=5.0)
    ),
    "menu": lambda: maria(0).hold("*").press("down"),
    "menu-at-rest": at_rest,
    "volume": lambda: at_rest("4", "3").feed(VolumeChanged("ringer", 60)),
    "ring-tone": lambda: at_rest("4", "5", "3"),
    "headset-test": lambda: at_rest("4", "6"),
    "headset-tested": headset_tested,
    "status": lambda: at_rest("5"),
    "network": lambda: at_rest("5", "2").feed(FactsRead(("eth0: 192.0.2.20",))),
    "last-numbers": last_numbers,
    "calls": lambda: at_rest("2"),
    "a-missed-call": missed_call,
    "directory": lambda: looking_up("2", "6", "6"),
    "contact": lambda: looking_up("6", "2", "7", "#", "1"),
    "transfer-to": transfer_to,
    "consulting": consulting,
    "transferring": transferring,
    "transfer-failed": transfer_failed,
    "conference": conference,
    "park-at": park_at,
    "colleagues": watching,
    "pick-up-from": lambda: bench(pickup="**").hold("*").press("4").dial("1002"),
    "forward": lambda: forwarding("#", "#"),
    "forward-to": lambda: forwarding("3"),
    "forwarded": forwarded,
    "locked": locked,
    "pin": lambda: locked().press("ok").dial("258"),
    "busy": busy,
    "status-in-spanish": lambda: speaking("es", at_rest("5")),
    "a-call-in-german": lambda: speaking("de", talking("+493055500173", "Jörg Müller", 83)),
    "incoming-in-filipino": lambda: speaking("tl", bench()).feed(
        CallIncoming(1, 0, "+6325550142", "Maria Santos")
    ),
    "wrong-settings": wrong_settings,
    "not-registered": not_registered,
}
