from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from appliance.errors import HardwareError
from appliance.languages import translated
from appliance.phone.digitmap import parse_digit_map
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
    Moment,
    ProblemFound,
    RegistrationChanged,
    TextReceived,
    TimePassed,
    TransferProgress,
    VolumeChanged,
)
from appliance.phone.language import language_of
from appliance.phone.numbering import PLANS
from appliance.phone.preferences import Preferences
from appliance.phone.screen import Screen
from appliance.phone.session import Sessions
from appliance.phone.state import AccountSettings, new_phone
from appliance.phone.view import view
from appliance.phone.words import LANGUAGES
from appliance.screens import sheet
from appliance.screens.compose import compose
from appliance.screens.fit import ELLIPSIS
from appliance.screens.gallery import GALLERY, GOLDEN_SCALE, main
from appliance.screens.pieces import Words
from appliance.screens.render import text_of
from appliance.screens.sheet import contact_sheet, pages
from appliance.sip.words import verdict
from tests.phone.stories import Bench

GOLDEN = Path(__file__).parent / "golden"
REGENERATE = f"python -m appliance.screens.gallery --golden --out tests/screens/{GOLDEN.name}"
PAGES = pages(GALLERY)


def bench(
    clock: str = "14:32", date: str = "Wed 12 Nov", *, registered: bool = True, **settings: Any
) -> Bench:
    phone = Bench(
        registered,
        accounts=(AccountSettings("1001", "Agent Zuñiga", "pbx.example.com"),),
        digit_map=parse_digit_map("x.T|*x.T"),
        sleep=0.0,
        **settings,
    )
    return phone.feed(TimePassed(Moment(clock=clock, date=date)))


def two_lines() -> Bench:
    agent = AccountSettings("1001", "Agent Zuñiga", "pbx.example.com")
    return Bench(accounts=(agent, AccountSettings("2001", label="Sales")), sleep=0.0)


def choosing_a_line() -> Bench:
    phone = two_lines().feed(RegistrationChanged(1, "registered", 200, "ok"))
    return called_before(phone).press("line2")


def called_before(phone: Bench) -> Bench:
    call = phone.talk("5550142")
    return phone.feed(CallEnded(call)).wait(60)


def talking(
    number: str, name: str, seconds: float, codec: str = "opus", identity: int = 1
) -> Bench:
    phone = bench().feed(CallIncoming(identity, 0, number, name)).press("ok")
    media = CallMedia(identity, codec, secure=codec == "opus")
    return phone.feed(CallAnswered(identity), media).wait(seconds)


CAMPAIGN = "Campaign Spring. Ask for the customer's number first."


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
    return phone.feed(ColleagueChanged("1004", "idle")).hold("*").press("2")


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


def maria(seconds: float) -> Bench:
    return talking("+14155550142", "Maria Gonçalves", seconds, identity=2)


def last_numbers() -> Bench:
    phone = called_before(bench())
    phone.feed(DialRequested("100"), HangUpRequested(), DialRequested("5550142"), HangUpRequested())
    return phone.wait(60).hold("*").press("2", "1")


def missed_call() -> Bench:
    then = datetime(2026, 11, 23, 9, 12, tzinfo=UTC).timestamp()
    phone = bench().feed(TimePassed(Moment(clock="09:12", epoch=then)))
    phone.feed(CallIncoming(2, 0, "5550142", "Maria Gonçalves"), CallEnded(2, 487))
    later = Moment(monotonic=60, clock="14:32", epoch=then + 86400)
    return phone.feed(TimePassed(later)).hold("*").press("1", "2", "1")


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


def at_rest(*keys: str) -> Bench:
    return called_before(bench()).hold("*").press(*keys)


def headset_tested() -> Bench:
    return at_rest("4", "6").feed(HeadsetTested("Microphone is too quiet", "USB Headset"))


def speaking(language: str, bench: Bench) -> Bench:
    choices = Preferences(language=language)
    bench.phone = replace(bench.phone, preferences=choices)
    return bench


def transfer_to() -> Bench:
    return maria(10).press("transfer").dial("100")


def consulting() -> Bench:
    phone = maria(10).press("transfer").dial("100").press("#")
    call = phone.phone.calls[-1].id
    return phone.feed(CallAnswered(call), CallMedia(call, "opus", secure=True)).wait(12)


def transferring() -> Bench:
    return transfer_to().press("transfer").feed(TransferProgress(2, 180))


def transfer_failed() -> Bench:
    phone = maria(30).press("transfer").dial("100").press("transfer")
    return phone.feed(TransferProgress(2, 486))


def conference() -> Bench:
    return consulting().press("conference").wait(8)


def forwarding(*keys: str) -> Bench:
    phone = forwarded()
    kept = Preferences(forward_no_answer="5550142")
    phone.phone = replace(phone.phone, preferences=kept)
    return phone.press("ok", "5", *keys)


def forwarded() -> Bench:
    phone = bench()
    phone.phone = replace(phone.phone, preferences=Preferences(forward_always="5550142"))
    return phone


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


MAY_BE_CUT = re.compile(r"Maria|Jörg|\d:\d\d:\d\d$")
"""Names, and what stands before a call's length that is past the hour."""

STORIES: dict[str, Callable[[], Bench]] = {
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
    "pick-up-from": lambda: bench(pickup="**").hold("*").press("2").dial("1002"),
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


@pytest.mark.parametrize("name", STORIES)
def test_the_example_is_what_the_phone_says(name: str) -> None:
    phone = STORIES[name]().phone
    assert GALLERY[name] == translated(view(phone), language_of(phone))


def test_starting_up_is_what_a_phone_says_that_has_not_begun() -> None:
    assert GALLERY["starting-up"] == view(new_phone(bench().phone.settings))


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_phones_own_loses_its_end(language: str) -> None:
    cut = {
        piece.shown
        for story in STORIES.values()
        for piece in compose(translated(view(story().phone), language))
        if isinstance(piece, Words) and ELLIPSIS in piece.shown
    }
    assert [shown for shown in cut if not MAY_BE_CUT.search(shown)] == []


def test_every_example_is_held_to_a_story() -> None:
    assert set(GALLERY) == {*STORIES, "starting-up"}


def picture_in_words(picture: Image.Image) -> list[str]:
    dots = picture.convert("1")
    return [
        "".join("#" if dots.getpixel((x, y)) else "." for x in range(dots.width))
        for y in range(dots.height)
    ]


@pytest.mark.parametrize("name", PAGES)
def test_every_dot_is_where_it_was(name: str) -> None:
    path = GOLDEN / f"{name}.png"
    assert path.is_file(), f"{path} is missing; make it with: {REGENERATE}"
    with Image.open(path) as large:
        size = (large.width // GOLDEN_SCALE, large.height // GOLDEN_SCALE)
        expected = picture_in_words(large.resize(size, Image.Resampling.NEAREST))
    found = picture_in_words(PAGES[name])
    rows = [row for row in range(len(found)) if found[row : row + 1] != expected[row : row + 1]]
    assert not rows, "\n".join(
        [f"{name} differs in rows {rows}; if that is meant: {REGENERATE}"]
        + [f"{row:2} was {expected[row]}\n   is  {found[row]}" for row in rows]
    )


def test_there_are_no_pictures_of_screens_that_are_gone() -> None:
    assert {path.stem for path in GOLDEN.glob("*.png")} == set(PAGES)


def test_the_command_writes_every_screen_and_a_sheet_of_all(tmp_path: Path) -> None:
    assert main(["--out", str(tmp_path / "new" / "folder"), "--scale", "3"]) == 0
    written = {path.stem for path in (tmp_path / "new" / "folder").iterdir()}
    assert written == {*PAGES, "contact-sheet"}
    with Image.open(tmp_path / "new" / "folder" / "idle.png") as picture:
        assert picture.size == (384, 192)


def test_the_command_remakes_the_golden_pictures(tmp_path: Path) -> None:
    (tmp_path / "gone.png").touch()
    assert main(["--golden", "--out", str(tmp_path)]) == 0
    for path in GOLDEN.glob("*.png"):
        with Image.open(path) as golden, Image.open(tmp_path / path.name) as made:
            assert golden.tobytes() == made.tobytes()
    assert not (tmp_path / "gone.png").exists()


def test_the_command_says_why_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["--out", str(tmp_path / "file")]) == 1
    assert "File exists" in capsys.readouterr().err

    def no_font(screens: dict[str, Screen]) -> dict[str, Image.Image]:
        raise HardwareError("SCREEN-01", "Display font missing", "install it")

    monkeypatch.setattr(sheet, "pages", no_font)
    assert main(["--out", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "SCREEN-01: install it\n"


def test_the_sheet_holds_them_all() -> None:
    sheet = contact_sheet(list(PAGES.values()), across=3)
    for place, picture in enumerate(PAGES.values()):
        left, top = 6 + place % 3 * 134, 6 + place // 3 * 70
        part = sheet.crop((left, top, left + picture.width, top + picture.height))
        assert part.tobytes() == picture.tobytes()


def test_a_screen_in_words() -> None:
    assert text_of(GALLERY["incoming"]).split("\n") == [
        "Incoming call",
        "Jörg Müller",
        "+493055500173",
        "Answer | Refuse",
    ]
