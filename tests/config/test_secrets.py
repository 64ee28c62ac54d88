"""No secret is ever seen: not in problems, not in show, diff or check, not in a repr."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from appliance.config import load
from appliance.config.commands import add_parser
from appliance.config.problems import quote
from appliance.config.show import show
from appliance.errors import ConfigRefused
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD, one

WITHOUT_SECRET = GOOD.replace('password = "geheim"\n', "")

SECRET = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs"), exclude_characters="\ufeff"),
    min_size=8,
    max_size=40,
).map(lambda text: "s3" + text)
WAYS = [
    'password = "{}"',
    "password = {}",
    "password = '{}",
    'password = "{}',
    'password = """{}"""',
    'password = """\n{}\n',
    'password = ["{}"]',
    'password = {{ "{}" = 1 }}',
    'password = {{ a = "{}" }}',
    'password."{}" = 1',
    'password = "x"\npassword = "{}"',
    'password = "{}" "{}"',
    'password "{}"',
    '"password = {}',
    'pasword = "{}"',
    'pwd = "{}"',
    'secret = "{}"',
    'Password = "{}"',
    'my_word = ["{}", 3]',
    'password_file = "{}"',
    'password_file = ["{}"]',
    'server = "1001:{}@pbx"',
    'user = "1001:{}@pbx.example.com"',
    'user = "1001:{}"',
    'auth_user = "{}@pbx.example.com"',
    'outbound_proxy = "sip:1001:{}@pbx"',
    'backup_servers = ["1001:{}@pbx"]',
    'expires = {{ "password" = "{}" }}',
    'display_name = 5\npassword = "{}"',
    '[acount]\npassword = "{}"',
    '[[acount]]\npassword = "{}"',
    '[phone]\npassword = "{}"',
    '[log]\nlevel = {{ password = "{}" }}',
]


def run(*arguments: str) -> str:
    """All that a config command says, on both streams and as a refusal."""
    parser = argparse.ArgumentParser()
    add_parser(parser.add_subparsers())
    parsed = parser.parse_args(["config", *arguments])
    out, err = io.StringIO(), io.StringIO()
    said = ""
    try:
        parsed.run(parsed, out, err)
    except ConfigRefused as refused:
        said = f"{refused} {refused.it} {refused.agent} {refused.args}"
    return out.getvalue() + err.getvalue() + said


def everything_said(text: str) -> str:
    with tempfile.TemporaryDirectory() as directory:
        path, other = Path(directory, "a"), Path(directory, "b")
        path.write_text(text, encoding="utf-8")
        other.write_text(GOOD, encoding="utf-8")
        a, b = str(path), str(other)
        loaded = load([path], {})
        return "\n".join(
            [
                run("check", a),
                run("check", "--json", a),
                run("show", a),
                run("show", "--json", a),
                run("diff", a, b),
                run("diff", b, a),
                repr(loaded),
                repr(loaded.config),
            ]
        )


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(WAYS), SECRET)
@example('password = "{}"', 's3cret"quoted')
@example("password = {}", "12345678901")
@example("password = {}", "1979-05-27")
@example("password = {}", "0x1234567890")
def test_a_secret_is_never_said(way: str, secret: str) -> None:
    key = way.partition(" ")[0]
    others = [line for line in WITHOUT_SECRET.splitlines() if not line.startswith(key + " ")]
    said = everything_said("\n".join([*others, way.format(secret, secret), ""]))
    for form in (secret, quote(secret)[1:-1], json.dumps(secret)[1:-1]):
        assert form not in said


@settings(deadline=None)
@given(SECRET)
def test_a_secret_in_the_environment_is_never_said(secret: str) -> None:
    for name in ("PASSWORD", "PASWORD", "PASSWORD_FILE"):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "a")
            path.write_text(GOOD, encoding="utf-8")
            loaded = load([path], {f"DESKPHONE_ACCOUNT_0_{name}": secret})
        assert secret not in repr(loaded) + "".join(map(str, loaded.problems))


def test_a_changed_secret_shows_as_a_change(write: Write) -> None:
    write(GOOD.replace("geheim", "heimlich"), "b")
    with contextlib.chdir(write(GOOD, "a").parent):
        assert run("diff", "a", "b").splitlines() == [
            "- account[0].password = (hidden)             # a:3",
            "+ account[0].password = (hidden)             # b:3",
        ]


def test_a_secret_file_is_read_beside_its_configuration(write: Write) -> None:
    write("geheim\r\n", "secret")
    loaded = load([write(WITHOUT_SECRET + 'password_file = "secret"\n')], {})
    assert loaded.problems == ()
    assert loaded.config is not None
    assert loaded.config.accounts[0].password == "geheim"


def test_a_secret_that_others_may_read_is_a_warning(write: Write) -> None:
    write("geheim\n", "secret", mode=0o644)
    loaded = load([write(WITHOUT_SECRET + 'password_file = "secret"\n')], {})
    assert loaded.config is not None
    assert "warning: account[0].password_file: found a file with mode 0644" in one(loaded)


def test_a_configuration_with_a_secret_that_others_may_read_is_a_warning_for_each_file(
    write: Write,
) -> None:
    loaded = load([write(GOOD + '[security]\npin = "4711"\n', mode=0o644)], {})
    assert loaded.config is not None
    assert "warning: account[0].password: found a file with mode 0644" in one(loaded)
    assert "chmod 600 it" in one(loaded)
    assert load([write(GOOD, "b", mode=0o640)], {}).problems == ()
    in_environment = {"DESKPHONE_ACCOUNT_0_PASSWORD": "geheim"}
    assert load([write(WITHOUT_SECRET, "c", mode=0o644)], in_environment).problems == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "an empty file"),
        (b"\n", "an empty file"),
        (b"one\ntwo\n", "something else"),
        (b"\xff\xfe", "not UTF-8"),
        (b"x" * 200, "something else"),
        (b"x" * 2000, "2000 bytes"),
        (None, "no such file"),
    ],
)
def test_what_is_no_secret_file(write: Write, content: bytes | None, words: str) -> None:
    if content is not None:
        write(content, "secret")
    problem = one(load([write(WITHOUT_SECRET + 'password_file = "secret"\n')], {}))
    assert words in problem
    assert ":4:17: error: account[0].password_file" in problem


def test_a_directory_is_no_secret_file(write: Write, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    assert "a directory" in one(load([write(WITHOUT_SECRET + 'password_file = "secret"\n')], {}))


def test_one_secret_is_enough(write: Write) -> None:
    write("geheim\n", "secret")
    assert "expected one of them" in one(load([write(GOOD + 'password_file = "secret"\n')], {}))


def test_a_pin_is_a_secret_too(write: Write) -> None:
    path = write(GOOD + '[security]\npin = "25801470"\nlock_after = 60\n', "phone.toml")
    loaded = load([path], {})
    assert loaded.config is not None and loaded.config.security.pin == "25801470"
    assert "25801470" not in repr(loaded.config)
    assert "25801470" not in show(loaded)
    write("25801470\n", "pin")
    named = load([write(GOOD + '[security]\npin_file = "pin"\n', "phone.toml")], {})
    assert named.config is not None and named.config.security.pin == "25801470"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('pin = "12"', "security.pin"),
        ("pin = 8642", "write it in quotes"),
        ('pin = "8642"\npin_file = "pin"', "both pin and pin_file"),
        ('pin_file = "pin"', "a PIN of 4 to 12 digits"),
        ("lock_after = 60", "found no pin"),
    ],
)
def test_mistakes_with_a_pin_are_told_without_it(write: Write, text: str, told: str) -> None:
    write("a secret\n", "pin")
    problems = load([write(f"{GOOD}[security]\n{text}\n", "phone.toml")], {}).problems
    said = "\n".join(map(str, problems))
    assert told in said
    assert "8642" not in said and "a secret" not in said
