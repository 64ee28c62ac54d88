"""`config check` shows the line and the place in it, and never a secret."""

from __future__ import annotations

import io
from argparse import ArgumentParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config.commands import add_parser
from appliance.config.excerpt import may_be_shown
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD


def check(path: Path) -> list[str]:
    parser = ArgumentParser()
    add_parser(parser.add_subparsers())
    arguments = parser.parse_args(["config", "check", str(path)])
    arguments.env = {}
    out = io.StringIO()
    arguments.run(arguments, out, io.StringIO())
    return out.getvalue().replace(str(path), "F").splitlines()


def test_a_mistake_is_shown_as_a_compiler_does(write: Write) -> None:
    path = write(GOOD + '[phone]\nname = "Desk 12"\ncountry = "xx"\n')
    line = path.read_text().splitlines().index('country = "xx"') + 1
    said = check(path)
    assert said[0].startswith(f'F:{line}:11: error: phone.country: found "xx", expected one of')
    assert said[1:] == [f'  {line} | country = "xx"', f"  {' ' * len(str(line))} |           ^"]


@pytest.mark.parametrize(
    "content",
    [
        "[[account]]\npassword = 12345\n",
        '[[account]]\npasswort = "12345"\n',
        '[[account]]\nserver = "1001:12345@pbx"\n',
        '[[account]]\nuser = "1001:12345"\n',
        'account = [{ user = "1001", password = 12345 }]\n',
        "[[account]]\nuser = 1001 # password is 12345\n",
        'account = "12345"\n',
        "[[account]]\npassword = '12345\n",
    ],
)
def test_a_line_with_a_secret_is_not_shown(write: Write, content: str) -> None:
    said = check(write(content))
    assert said
    assert "12345" not in "\n".join(said)


def test_a_file_that_cannot_be_read_has_no_lines(write: Write, tmp_path: Path) -> None:
    assert check(tmp_path / "gone.toml") == [
        "F: error: found no such file, expected a TOML file of at most 1 MiB",
        *check(tmp_path / "gone.toml")[1:],
    ]


@given(st.text())
def test_what_is_shown_disturbs_no_terminal(line: str) -> None:
    if may_be_shown(line):
        assert line.isprintable()
        assert "password" not in line.lower()
