"""Ten mistakes, ten messages, each with its place; and all that is no configuration at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.config import Loaded, load, require
from appliance.config.problems import refusal
from appliance.errors import ConfigRefused
from tests.config.conftest import Write

GOOD = '[[account]]\nuser = "1001"\npassword = "geheim"\nserver = "pbx.example.com"\n'

TEN = """\
# ten mistakes
[phone]
nam = "Desk 12"
country = "uk"
language = english

[[account]]
user = 1001
pasword = "geheim"
server = "sip:pbx.example.com"
transport = "tsl"
expires = 30
[audio]
codecs = ["opus", "ulaw", 3]
[dial]
speed_dial = { 1 = "600", 2 = "call me" }
"""


def messages(loaded: Loaded) -> list[tuple[int, int, str]]:
    return [(p.place.line, p.place.column, p.key) for p in loaded.problems]


def one(loaded: Loaded) -> str:
    (problem,) = loaded.problems
    return str(problem)


def test_ten_mistakes_give_ten_messages_with_their_places(write: Write) -> None:
    loaded = load([write(TEN)], {})
    assert loaded.config is None
    assert messages(loaded) == [
        (3, 1, "phone.nam"),
        (4, 11, "phone.country"),
        (5, 12, "phone.language"),
        (8, 8, "account[0].user"),
        (9, 1, "account[0].pasword"),
        (10, 10, "account[0].server"),
        (11, 13, "account[0].transport"),
        (12, 11, "account[0].expires"),
        (14, 19, "audio.codecs[1]"),
        (14, 27, "audio.codecs[2]"),
        (16, 31, "dial.speed_dial.2"),
    ]
    assert [p.hint for p in loaded.problems] == [
        'did you mean "name"?',
        'did you mean "gb"?',
        "",
        'write it in quotes: "1001"',
        'did you mean "password"?',
        "leave out what stands before the host name",
        'did you mean "tls"?',
        "",
        'did you mean "pcmu"?',
        "",
        "",
    ]


def test_all_mistakes_make_one_refusal(write: Write) -> None:
    with pytest.raises(ConfigRefused) as caught:
        require(load([write(TEN)], {}))
    assert caught.value.exit_code == 78
    assert caught.value.agent == "Bad config line 3\nphone.nam"
    assert len(caught.value.it.splitlines()) == 12
    assert all(len(line) <= 21 for line in caught.value.agent.splitlines())


def test_a_message_says_place_key_value_expectation_and_hint(write: Write) -> None:
    path = write(GOOD + 'transport = "tsl"\n')
    assert one(load([path], {})) == (
        f'{path}:5:13: error: account[0].transport: found "tsl", '
        'expected one of "udp", "tcp", "tls"; did you mean "tls"?'
    )


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("[[account]]\n", (1, 1), ["found nothing"] * 3),
        ('[[acount]]\nuser = "1"\n', (1, 1), ["unknown section"]),
        ("phone = 3\n" + GOOD, (1, 9), ["expected the section [phone]"]),
        ("account = 3\n", (1, 11), ["expected [[account]] sections"]),
        ("account = [3]\n", (1, 12), ["expected an [[account]] section"]),
        (GOOD.replace("[[account]]", "[account]"), (1, 1), ["with two brackets"]),
        ('name = "x"\n' + GOOD, (1, 1), ["expected name under [phone]"]),
        ("[phone]\nexpires = 60\n" + GOOD, (2, 1), ["expected expires under [[account]]"]),
        (GOOD + "expires = nan\n", (5, 11), ["from 60 to 3600 s"]),
        (GOOD + "[dial]\ninterdigit_timeout = nan\n", (6, 22), ["from 1 to 30 s"]),
        (GOOD + '[dial]\ninterdigit_timeout = "4"\n', (6, 22), ["without quotes"]),
        (GOOD + '[audio]\ncodecs = "opus"\n', (6, 10), ["write a list"]),
        (GOOD + "[audio]\ncodecs = []\n", (6, 10), ["a list of at least 1"]),
        (GOOD + '[audio]\ncodecs = ["gsm", "gsm"]\n', (6, 18), ["each of them once"]),
        (GOOD + "[display]\naddress = 0x3\n", (6, 11), ["from 0x08 to 0x77"]),
        (GOOD + "[display]\nrotation = 90\n", (6, 12), ["one of 0, 180"]),
        (GOOD + "[log]\nredact_numbers = 1\n", (6, 18), ["true or false"]),
        (GOOD + "[log]\nlevel = 1979-05-27\n", (6, 9), ["found a date or time"]),
        (GOOD + "[board]\nlamps = 4\n", (6, 9), ["a table with message, call, mute"]),
        (GOOD + "[board]\nlamps.mesage = 4\n", (6, 7), ['did you mean "message"?']),
        (GOOD + '[board]\nkeys = [["1", "hodl"]]\n', (6, 15), ['did you mean "hold"?']),
        (GOOD + 'display_name = "a\\u0007b"\n', (5, 16), ["without control characters"]),
        (GOOD + 'srtp = "sdes"\n', (5, 8), ['did you mean "required"?']),
        (GOOD + f"expires = {10**70}\n", (5, 11), ["found a whole number"]),
        (GOOD + f'server = "{"a" * 300}"\n', (5, 1), ["found what was said before"]),
        (GOOD + '"a.\\u001b" = 1\n', (5, 1), ['account[0]."a.\\u001B": found an unknown key']),
    ],
)
def test_mistakes(write: Write, text: str, place: tuple[int, int], words: list[str]) -> None:
    loaded = load([write(text)], {})
    assert loaded.config is None
    assert messages(loaded)[0][:2] == place
    assert len(loaded.problems) == len(words)
    for problem, expected in zip(loaded.problems, words, strict=True):
        assert expected in str(problem)


@pytest.mark.parametrize(
    ("broken", "key", "words"),
    [
        ("name = Desk 12", "phone.name", "in quotes"),
        ('name = "Desk 12', "phone.name", "a closing quote"),
        ("name = 'Desk 12", "phone.name", "a closing quote"),
        ('name "Desk 12"', "", "found no ="),
        ('name = "C:\\desk"', "phone.name", "single quotes"),
        ("name = 'a' # fine\nname = 'b'", "phone.name", "each key and each section once"),
        ('name = "a" language = "en"', "phone.name", "one key and value on a line"),
        ("= 3", "", "what is not TOML"),
    ],
)
def test_broken_lines_do_not_hide_the_mistakes_behind_them(
    write: Write, broken: str, key: str, words: str
) -> None:
    text = "[phone]\n" + broken + "\n" + GOOD + "expires = 1\n"
    loaded = load([write(text)], {})
    first, last = loaded.problems
    assert (first.place.line, first.key) == (1 + len(broken.splitlines()), key)
    assert words in str(first)
    assert (last.place.line, last.key) == (len(text.splitlines()), "account[0].expires")


def test_a_broken_required_key_is_not_also_missing(write: Write) -> None:
    assert "closing quote" in one(load([write(GOOD.replace('"pbx.example.com"', '"pbx'))], {}))


def test_a_broken_section_header_takes_its_section_along(write: Write) -> None:
    loaded = load([write("[phone\nnam = 1\n" + GOOD + "expires = 1\n")], {})
    assert messages(loaded) == [(1, 7, ""), (7, 11, "account[0].expires")]


def test_a_list_without_an_end_is_reported_where_it_begins(write: Write) -> None:
    loaded = load([write('[audio]\ncodecs = ["opus",\nringer_volume = 101\n' + GOOD)], {})
    assert messages(loaded)[0] == (2, 1, "audio.codecs")
    assert "a closing ]" in str(loaded.problems[0])


def test_a_text_that_never_ends_is_all_that_can_be_said(write: Write) -> None:
    loaded = load([write(GOOD + 'display_name = """\n[phone]\nnam = 1\n')], {})
    assert "a closing quote" in one(loaded)


def test_wrong_files_are_told_apart(write: Write, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    cases = {
        tmp_path / "absent.toml": "found no such file",
        tmp_path: "found a directory",
        pipe: "found no regular file",
        Path("nul\0"): "found a path that no file can have",
        write(b"# " + b"x" * (1 << 20)): "found 1048578 bytes",
    }
    for path, words in cases.items():
        assert words in one(load([path], {}))


def test_a_line_without_an_end_is_refused(write: Write) -> None:
    (problem,) = load([write(GOOD + "a" + ".a" * 5000 + " = 1\n")], {}).problems
    assert (problem.place.line, problem.found) == (5, "a longer line")


def test_deep_nesting_is_refused(write: Write) -> None:
    assert "lists within lists" in one(load([write("a = " + "[\n" * 20000)], {}))


@pytest.mark.parametrize(
    "line",
    [
        "a." * 2000 + "b = 1",
        "[" + "a." * 2000 + "b]",
        "[['a'." + '"b\\"c" . ' * 400 + "d]]",
        "x = { y = 1, " + "a." * 2000 + "b = 1 }",
    ],
)
def test_a_key_of_many_parts_is_refused_before_it_is_read(write: Write, line: str) -> None:
    """Reading one takes time by the square of its parts: a file of those would take minutes."""
    loaded = load([write(GOOD + line + '\n[phone]\nnam = "x"\n')], {})
    assert [(p.place.line, p.found) for p in loaded.problems] == [
        (5, "a key of more than 8 parts"),
        (7, "an unknown key"),
    ]


def test_dots_in_a_text_are_none_of_a_key(write: Write) -> None:
    name = ", ".join(["a.b.c.d.e.f.g.h.i.j.k"] * 20)
    loaded = load([write(GOOD + f'[phone]\nname = "{name}"\n# {name}\n')], {})
    assert [p.found for p in loaded.problems if "key" in p.found] == []


def test_windows_files_are_welcome(write: Write) -> None:
    text = b"\xef\xbb\xbf" + (GOOD + "expires = 1\n").replace("\n", "\r\n").encode()
    assert messages(load([write(text)], {})) == [(5, 11, "account[0].expires")]


def test_other_encodings_are_named_and_read_on(write: Write) -> None:
    utf16 = load([write((GOOD + "expires = 1\n").encode("utf-16"))], {})
    assert messages(utf16) == [(1, 1, ""), (5, 11, "account[0].expires")]
    assert "UTF-16" in str(utf16.problems[0])
    latin = load([write((GOOD + 'display_name = "Zoë"\nexpires = 1\n').encode("latin-1"))], {})
    assert messages(latin) == [(5, 19, ""), (6, 11, "account[0].expires")]
    assert "0xEB" in str(latin.problems[0])


def test_no_files_at_all() -> None:
    assert "at least one [[account]]" in one(load([], {}))


def test_a_hostile_file_gets_an_end_of_messages(write: Write) -> None:
    lines = "".join(f"k{n} = 1\n" for n in range(50_000))
    loaded = load([write("[phone]\n" + lines + GOOD)], {})
    assert 100 <= len(loaded.problems) <= 102
    assert "more mistakes" in str(loaded.problems[-1])
    keys = "user=1\nserver=1\nexpires=1\nsrtp=1\ndtmf=1\n"
    problems = load([write(f"[[account]]\n{keys}" * 30)], {}).problems
    assert [p.found for p in problems].count("more mistakes") == 1
    assert len(problems) < 140


def test_seven_accounts_are_one_too_many(write: Write) -> None:
    accounts = "".join(GOOD.replace("1001", str(1001 + n)) for n in range(7))
    assert "at most 6" in one(load([write(accounts)], {}))


def test_a_refusal_for_a_file_as_a_whole_fits_the_display() -> None:
    (problem,) = load([Path("/nowhere/a-very-long-name.toml")], {}).problems
    assert all(len(line) <= 21 for line in refusal([problem]).agent.splitlines())
