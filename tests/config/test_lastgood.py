"""The last good configuration survives bad files, power cuts, damage and other versions."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pytest

from appliance.config import Config, load, load_or_last_good, require
from appliance.config.lastgood import NEWEST, PREVIOUS, read_last_good, store_last_good
from tests.config.conftest import Write
from tests.config.test_crosscheck import AUTHORITY
from tests.config.test_mistakes import GOOD, TEN

OTHER = GOOD.replace("1001", "1002")


def config(write: Write, text: str) -> Config:
    return require(load([write(text, "stored.toml")], {}))


def test_a_phone_keeps_what_held_when_the_new_file_is_wrong(write: Write, tmp_path: Path) -> None:
    state = tmp_path / "state"
    given, problems, source = load_or_last_good([write(GOOD)], state, {})
    assert (problems, source) == ((), "given")
    kept, problems, source = load_or_last_good([write(TEN)], state, {})
    assert (kept, source, len(problems)) == (given, "last-good", 11)
    assert kept is not None
    assert kept.accounts[0].password == "geheim"


def test_nothing_to_fall_back_to(write: Write, tmp_path: Path) -> None:
    chosen = load_or_last_good([write(TEN)], tmp_path / "state", {})
    assert (chosen.config, chosen.source, len(chosen.problems)) == (None, "none", 11)


def test_only_its_owner_may_read_it(write: Write, tmp_path: Path) -> None:
    state = tmp_path / "state"
    store_last_good(config(write, GOOD), state)
    assert stat.S_IMODE((state / NEWEST).stat().st_mode) == 0o600
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_it_is_not_written_again_when_nothing_changed(write: Write, tmp_path: Path) -> None:
    store_last_good(config(write, GOOD), tmp_path)
    before = (tmp_path / NEWEST).stat()
    store_last_good(config(write, GOOD), tmp_path)
    assert (tmp_path / NEWEST).stat().st_mtime_ns == before.st_mtime_ns
    assert (tmp_path / NEWEST).stat().st_ino == before.st_ino
    assert not (tmp_path / PREVIOUS).exists()


def test_truncation_at_every_byte_leaves_the_previous_one(write: Write, tmp_path: Path) -> None:
    first, second = config(write, GOOD), config(write, OTHER)
    store_last_good(first, tmp_path)
    store_last_good(second, tmp_path)
    whole = (tmp_path / NEWEST).read_bytes()
    bad = write(TEN)
    for length in range(len(whole)):
        (tmp_path / NEWEST).write_bytes(whole[:length])
        assert load_or_last_good([bad], tmp_path, {}).config == first
    (tmp_path / NEWEST).write_bytes(whole)
    assert load_or_last_good([bad], tmp_path, {}).config == second


def test_a_flipped_bit_anywhere_is_noticed(write: Write, tmp_path: Path) -> None:
    store_last_good(config(write, GOOD), tmp_path)
    whole = (tmp_path / NEWEST).read_bytes()
    for index in range(len(whole)):
        damaged = whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :]
        (tmp_path / NEWEST).write_bytes(damaged)
        assert read_last_good(tmp_path / NEWEST) == (None, ())


def test_a_damaged_newest_never_replaces_the_previous_one(write: Write, tmp_path: Path) -> None:
    first, third = config(write, GOOD), config(write, OTHER)
    store_last_good(first, tmp_path)
    store_last_good(config(write, OTHER.replace("1002", "1003")), tmp_path)
    (tmp_path / NEWEST).write_bytes(b"half")
    store_last_good(third, tmp_path)
    assert read_last_good(tmp_path / PREVIOUS)[0] == first
    assert read_last_good(tmp_path / NEWEST)[0] == third


def test_an_interrupted_write_is_in_nobodys_way(write: Write, tmp_path: Path) -> None:
    (tmp_path / (NEWEST + ".new")).write_bytes(b"half")
    store_last_good(config(write, GOOD), tmp_path)
    assert sorted(path.name for path in tmp_path.glob("last-good*")) == [NEWEST]


def test_secrets_and_authorities_outlive_their_files(write: Write, tmp_path: Path) -> None:
    card = tmp_path / "card"
    card.mkdir()
    (card / "secret").write_text("from-file\n")
    (card / "ca.pem").write_text(AUTHORITY)
    (card / "phone.toml").write_text(
        GOOD.replace('password = "geheim"', 'password_file = "secret"')
        + 'transport = "tls"\nca_file = "ca.pem"\n'
    )
    state = tmp_path / "state"
    assert load_or_last_good([card / "phone.toml"], state, {}).source == "given"
    for file in card.iterdir():
        file.unlink()
    kept, _, source = load_or_last_good([card / "phone.toml"], state, {})
    assert source == "last-good"
    assert kept is not None
    (account,) = kept.accounts
    assert (account.password, account.password_file) == ("from-file", None)
    assert account.ca_file is not None
    assert Path(account.ca_file).parent == state
    assert Path(account.ca_file).read_text() == AUTHORITY
    again, _ = read_last_good(state / NEWEST)
    assert again == kept
    Path(account.ca_file).unlink()
    Path(account.ca_file + ".new").mkdir()
    stuck, _ = read_last_good(state / NEWEST)
    assert stuck is not None
    assert stuck.accounts[0].ca_file == str(card / "ca.pem")


def store_raw(document: object, directory: Path) -> None:
    body = json.dumps(document).encode()
    (directory / NEWEST).write_bytes(hashlib.sha256(body).hexdigest().encode() + b"\n" + body)


def test_what_another_version_wrote_is_taken_as_far_as_it_goes(tmp_path: Path) -> None:
    account = {"user": "1", "password": "geheim", "server": "s", "shiny": True, "dtmf": "new"}
    store_raw({"config": {"account": [account], "hologram": {}}, "more": 1}, tmp_path)
    config, problems = read_last_good(tmp_path / NEWEST)
    assert config is not None
    assert (config.accounts[0].user, config.accounts[0].dtmf) == ("1", "rfc4733")
    assert [problem.severity for problem in problems] == ["warning"] * 3
    assert "geheim" not in "".join(map(str, problems))


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        {"config": []},
        {"config": {}},
        {"config": {"account": []}},
        {"config": {"account": 3}},
        {"config": {"account": [3]}},
        {"config": {"account": [{"ca_file": {}}]}, "authorities": {"x": "y"}},
        {"config": {"account": [{"user": "1", "server": "s"}]}},
    ],
)
def test_what_is_no_configuration_is_none(document: object, tmp_path: Path) -> None:
    store_raw(document, tmp_path)
    assert read_last_good(tmp_path / NEWEST)[0] is None


def test_a_state_directory_that_cannot_be_written_is_a_warning(
    write: Write, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    chosen = load_or_last_good([write(GOOD)], tmp_path / "file" / "state", {})
    assert chosen.source == "given"
    (problem,) = chosen.problems
    assert problem.severity == "warning"
