"""Whatever bytes a file has: no exception, and every problem has a place."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.config import Loaded, load
from appliance.config.problems import errors
from tests.config.test_commands import FULL
from tests.config.test_mistakes import GOOD, TEN

PIECES = [line + "\n" for line in (FULL + TEN).splitlines()] + [
    "[",
    "]",
    "[[account]]\n",
    "[account]\n",
    "account = [[1]]\n",
    '"',
    "'",
    '"""',
    "'''",
    "=",
    "{",
    "}",
    ",",
    "\\",
    "\r\n",
    "\r",
    "\ufeff",
    "#",
    "user = 1e999\n",
    "password.x = 1\n",
    "keys = [[],[[]]]\n",
    "speed_dial.1.2 = 3\n",
    "lamps = [1]\n",
    "lamps.call = nan\n",
    "expires = 9223372036854775808\n",
    "timezone = '\\u0000'\n",
    "password_file = '/'\n",
    "ca_file = '.'\n",
    "x = 00:00:00\n",
    'digit_map = "[[x"\n',
]


def read(raw: bytes) -> Loaded:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "phone.toml")
        path.write_bytes(raw)
        return load([path], {})


def assert_sane(loaded: Loaded, raw: bytes) -> None:
    lines = raw.count(b"\n") + 1 if not raw.startswith((b"\xff\xfe", b"\xfe\xff")) else 1 << 20
    assert (loaded.config is None) == bool(errors(loaded.problems))
    for problem in loaded.problems:
        assert problem.place.file.endswith("phone.toml")
        assert 0 <= problem.place.line <= lines
        assert (problem.place.line > 0) == (problem.place.column > 0)
        assert problem.found
        assert problem.expected
        assert str(problem).isprintable()


@settings(deadline=None)
@given(st.binary(max_size=200))
@example(b"\xff\xfe[\x00")
@example(b"\xef\xbb\xbf")
def test_bytes(raw: bytes) -> None:
    assert_sane(read(raw), raw)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=15).map("".join))
def test_pieces_of_configurations(text: str) -> None:
    raw = text.encode()
    assert_sane(read(raw), raw)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_good_file_with_some_bytes_changed(data: st.DataObject) -> None:
    raw = bytearray(FULL.encode())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 10)))
        raw[start:end] = data.draw(st.binary(max_size=4))
    assert_sane(read(bytes(raw)), bytes(raw))


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=30).map("DESKPHONE_".__add__), st.text(max_size=20)))
@example({"DESKPHONE_ACCOUNT_99999999_USER": "1"})
@example({"DESKPHONE_ACCOUNT_\u0665_USER": "1"})
def test_any_environment(env: dict[str, str]) -> None:
    for problem in load([], env).problems:
        assert problem.place.file == "environment"
        assert str(problem).isprintable()


def test_the_largest_files_are_read_in_bearable_time() -> None:
    size = (1 << 20) - len(GOOD) - 100
    chain = ".".join(["a"] * 2000)
    worst = [
        "".join(f"k{n} = 1\n" for n in range(90_000)),
        "[[account]]\n" * (size // 12),
        '"" = 1\n' * 1000,
        "= 1\n" * 10_000,
        "".join(f"[a{n}.{chain}]\n" for n in range(10)),
        "".join(f"[a{n}.{chain}]\n" for n in range(15)) + "= 1\n" * 50,
        "[audio]\ncodecs = [" + '"opus",\n' * (size // 8) + "]\n",
    ]
    for text in worst:
        raw = (text + GOOD).encode()
        assert len(raw) <= 1 << 20
        began = time.monotonic()
        assert_sane(read(raw), raw)
        assert time.monotonic() - began < 20, text[:40]
