"""Pages of the menu: lists of any length, text to read, numbers to type, and the way back."""

from __future__ import annotations

from appliance.phone import effects as fx
from appliance.phone import events as ev
from appliance.phone import pages
from appliance.phone.pages import MENU_SECONDS, Item, Page
from appliance.phone.state import Phone
from appliance.phone.turn import Turn
from appliance.phone.words import Words, as_it_is, in_title
from tests.phone.stories import Bench


def title(_: Phone) -> Words:
    return in_title("Menu")


def names(_: Phone) -> tuple[Item, ...]:
    return tuple(Item(f"name {n}", "dnd", number=f"60{n}") for n in range(20))


def greet(turn: Turn, typed: str) -> None:
    turn.notify(as_it_is(f"hello {typed}"))
    pages.back(turn)


LONG = Page("long", title, names)
EMPTY = Page("empty", title)
TEXT = Page("text", title, text=lambda phone: (f"about {phone.menu.place.about}",))  # type: ignore[union-attr]
TYPED = Page("typed", title, lambda phone: names(phone)[:1], enter=greet)
HIDDEN = Page("hidden", title, enter=greet, hidden=True)
ROOT = Page(
    "root",
    title,
    lambda _: (
        Item("long", pages.opens(LONG)),
        Item("empty", pages.opens(EMPTY)),
        Item("text", pages.opens(TEXT, "Bob")),
        Item("typed", pages.opens(TYPED)),
        Item("hidden", pages.opens(HIDDEN)),
    ),
)


def opened(*keys: str) -> Bench:
    bench = Bench()
    turn = Turn(bench.phone)
    pages.open_page(turn, ROOT)
    bench.phone = turn.phone
    return bench.press(*keys)


def names_shown(bench: Bench) -> list[str]:
    return [part for part in bench.words.split(" / ") if "name" in part]


def test_nine_lines_of_a_long_list_have_a_digit_at_a_time() -> None:
    bench = opened("1")
    assert names_shown(bench) == [f"{n + 1} name {n}" for n in range(9)]
    bench.press("0")
    assert names_shown(bench) == [f"{n + 1} name {n + 9}" for n in range(9)]
    bench.press("0")
    assert names_shown(bench) == ["1 name 18", "2 name 19"]
    bench.press("9")
    assert bench.mode == "menu", "there is no ninth"
    bench.press("0")
    assert names_shown(bench)[0] == "1 name 0"
    bench.press(*"#" * 9)
    assert names_shown(bench)[0] == "1 name 9", "the mark takes the digits along"
    bench.press("up")
    assert names_shown(bench)[0] == "1 name 0"


def test_lifting_calls_the_line_that_is_marked() -> None:
    bench = opened("1", "0", "#").feed(ev.HookLifted())
    assert any(isinstance(e, fx.PlaceCall) and e.number == "6010" for e in bench.did())
    bench = opened("2").feed(ev.HookLifted())
    assert bench.mode == "dial tone"


def test_an_empty_page_says_so_and_back_leads_to_where_it_was() -> None:
    bench = opened("#", "ok")
    assert "Nothing here" in bench.words
    bench.press("#", "ok", "1", "0")
    assert "Nothing here" in bench.words
    bench.press("*")
    assert bench.phone.menu is not None and bench.phone.menu.place.marked == 1
    bench.press("*")
    assert bench.mode == "idle"


def test_a_text_is_read_and_left() -> None:
    bench = opened("3")
    assert "about Bob" in bench.words and "Select" not in bench.words
    assert "Back" in bench.words
    assert "Close" in bench.press("back").words


def test_a_number_is_typed_corrected_and_handed_over() -> None:
    bench = opened("4")
    assert "name 0" in bench.words, "what is listed stands below"
    bench.press("1", "2", "*", "3")
    assert "13" in bench.words and "OK | Delete | Cancel" in bench.words
    bench.feed(ev.HookLifted(), ev.HookReplaced())
    assert bench.mode == "idle", "a list that is only read calls nobody"
    bench = opened("4", "1", "soft2", "4", "#")
    assert "hello 4" in bench.words
    assert bench.phone.menu is not None and bench.phone.menu.place.page is ROOT


def test_a_hidden_number_shows_none_of_its_digits() -> None:
    bench = opened("5", "1", "2", "3", "4")
    assert "1234" not in bench.words and "••••" in bench.words
    assert bench.press("soft3").mode == "idle"


def test_nothing_typed_goes_back_and_every_page_times_out() -> None:
    bench = opened("4", "*")
    assert bench.phone.menu is not None and bench.phone.menu.place.page is ROOT
    bench.press("4", "1").wait(MENU_SECONDS - 1).press("2").wait(MENU_SECONDS - 1)
    assert bench.mode == "menu"
    assert bench.wait(2).mode == "idle"


def test_a_name_of_a_key_closes_the_menu_and_is_done() -> None:
    bench = opened("1", "1")
    assert bench.mode == "idle" and bench.phone.dnd


def test_a_call_closes_every_page() -> None:
    for page in "12345":
        bench = opened(page).rung(2)
        assert bench.mode == "incoming"


def test_pages_open_over_nothing_and_back_over_nothing_is_nothing() -> None:
    turn = Turn(Bench().phone)
    pages.back(turn)
    pages.turn_to(turn, "nothing")
    assert turn.phone.menu is None and pages.lines(turn.phone) == ()
