"""The phone's own certificate, the secrets of systemd, and the helpers of the audio."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance import __version__
from appliance.config import load, load_or_last_good, require
from appliance.config.show import show
from appliance.settings import audio_settings, sip_settings
from tests.config.conftest import Write
from tests.config.test_mistakes import GOOD, TEN, messages, one
from tests.peers.certificates import Authority, Certificate
from tests.peers.process import run

TLS = GOOD + 'transport = "tls"\n'
PAIR = 'certificate_file = "own.pem"\nprivate_key_file = "own.key"\n'
TURN = '[nat]\nturn_server = "turn.example.com"\nturn_user = "1001"\n'


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return Authority(tmp_path_factory.mktemp("authority")).issue("valid")


@pytest.fixture
def laid(pair: Certificate, write: Write) -> Path:
    """The pair beside the configuration, under the names that `PAIR` has."""
    write(pair.key.read_bytes(), "own.key")
    return write(pair.chain.read_bytes(), "own.pem")


def test_a_certificate_and_its_key(laid: Path, write: Write) -> None:
    loaded = load([write(TLS + PAIR)], {})
    assert loaded.problems == ()
    (account,) = sip_settings(require(loaded), audio_settings(require(loaded), "")).accounts
    assert (account.certificate_file, account.private_key_file) == (
        str(laid),
        str(laid.with_name("own.key")),
    )


def test_both_in_one_file(laid: Path, write: Write) -> None:
    both = write(laid.read_bytes() + laid.with_name("own.key").read_bytes(), "both.pem")
    loaded = load([write(TLS + 'certificate_file = "both.pem"\n')], {})
    assert loaded.problems == ()
    assert require(loaded).accounts[0].private_key_file == str(both)


def test_a_key_that_others_may_read(laid: Path, write: Write) -> None:
    laid.with_name("own.key").chmod(0o640)
    loaded = load([write(TLS + PAIR)], {})
    assert "mode 0640" in one(loaded) and loaded.config is not None


@pytest.mark.parametrize(
    ("name", "content", "line", "words"),
    [
        ("own.key", None, 7, "no such file"),
        ("own.pem", None, 6, "no such file"),
        ("own.pem", b"none", 6, "certificate"),
        ("own.key", b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", 7, "a key with a passphrase"),
    ],
)
def test_a_pair_that_cannot_be_used(
    laid: Path, write: Write, name: str, content: bytes | None, line: int, words: str
) -> None:
    if content is None:
        laid.with_name(name).unlink()
    else:
        write(content, name)
    loaded = load([write(TLS + PAIR)], {})
    assert words in one(loaded) and messages(loaded)[0][0] == line
    assert loaded.config is None


def test_the_key_of_another_certificate(laid: Path, write: Write) -> None:
    run(*("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
        *("-out", laid.with_name("own.key")))  # fmt: skip
    assert "the key of another certificate" in one(load([write(TLS + PAIR)], {}))


def test_a_certificate_without_tls_and_a_key_without_certificate(laid: Path, write: Write) -> None:
    assert "only TLS uses it" in one(load([write(GOOD + PAIR)], {}))
    assert "no certificate_file" in one(load([write(TLS + 'private_key_file = "own.key"\n')], {}))


def test_the_pair_outlives_its_files(laid: Path, write: Write, tmp_path: Path) -> None:
    state = tmp_path / "state"
    path = write(TLS + PAIR)
    assert load_or_last_good([path], state, {}).source == "given"
    content = laid.with_name("own.key").read_bytes()
    for file in (laid, laid.with_name("own.key")):
        file.unlink()
    kept = load_or_last_good([path], state, {}).config
    assert kept is not None
    key = Path(kept.accounts[0].private_key_file or "")
    assert key.parent == state and key.read_bytes() == content
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_credential_of_systemd(write: Write, tmp_path: Path) -> None:
    door = tmp_path / "credentials"
    door.mkdir()
    (door / "sip").write_text("from-systemd\n")
    (door / "sip").chmod(0o440)
    text = GOOD.replace('password = "geheim"', "password_file = '${CREDENTIALS_DIRECTORY}/sip'")
    loaded = load([write(text)], {"CREDENTIALS_DIRECTORY": str(door)})
    assert loaded.problems == ()
    assert require(loaded).accounts[0].password == "from-systemd"
    assert "no such file" in one(load([write(text)], {}))


def test_turn_and_its_secret(write: Write) -> None:
    write("relayed\n", "turn")
    loaded = load([write(GOOD + TURN + 'turn_password_file = "turn"\n')], {})
    assert loaded.problems == ()
    nat = sip_settings(require(loaded), audio_settings(require(loaded), "")).nat
    assert (nat.ice, nat.turn_server, nat.turn_password) == (True, "turn.example.com", "relayed")
    assert "relayed" not in repr(nat) + repr(require(loaded)) + show(loaded)
    later = write('[nat]\nturn_password = "other"\n', "later.toml")
    over = load([write(GOOD + TURN + 'turn_password_file = "turn"\n'), later], {})
    assert require(over).nat.turn_password == "other"
    assert require(over).nat.turn_password_file is None


def test_the_secret_of_turn_outlives_its_file(write: Write, tmp_path: Path) -> None:
    secret = write("relayed\n", "turn")
    state = tmp_path / "state"
    given = write(GOOD + TURN + 'turn_password_file = "turn"\n')
    assert load_or_last_good([given], state, {}).source == "given"
    secret.unlink()
    kept = load_or_last_good([write(TEN)], state, {}).config
    assert kept is not None and kept.nat.turn_password == "relayed"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (TURN, "found no turn_password, expected turn_user and turn_password"),
        (TURN.replace('turn_user = "1001"\n', 'turn_password = "x"\n'), "found no turn_user"),
        ('[nat]\nturn_user = "1001"\n', "found no turn_server"),
        (TURN + 'turn_password = "x"\nice = false\n', "found ice = false"),
        (
            TURN + 'turn_password = "x"\nturn_password_file = "y"\n',
            "both turn_password and turn_password_file",
        ),
        ("[nat]\nturn_password_file = 'nowhere'\n", "no such file"),
    ],
)
def test_helpers_that_do_not_fit(write: Write, text: str, words: str) -> None:
    assert any(words in str(problem) for problem in load([write(GOOD + text)], {}).problems)


def test_dtls_brings_ice_with_it(write: Write) -> None:
    dtls = TLS + 'srtp_keying = "dtls"\n'
    config = require(load([write(dtls)], {}))
    assert sip_settings(config, audio_settings(config, "")).nat.ice
    plain = require(load([write(TLS)], {}))
    assert not sip_settings(plain, audio_settings(plain, "")).nat.ice
    assert "expected ice = true" in one(load([write(dtls + "[nat]\nice = false\n")], {}))
    off = load([write(dtls + 'srtp = "off"\n')], {})
    assert "without encryption there are no keys" in one(off)


@pytest.mark.parametrize(
    ("line", "said"),
    [("", f"Deskphone/{__version__}"), ('user_agent = "x/1"', "x/1"), ('user_agent = ""', "")],
)
def test_what_the_phone_calls_itself(write: Write, line: str, said: str) -> None:
    config = require(load([write(f"{GOOD}[security]\n{line}\n")], {}))
    assert sip_settings(config, audio_settings(config, "")).user_agent == said
