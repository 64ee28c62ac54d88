"""Files that a configuration refers to: secrets, certificates and their authorities.

They are read once, while loading, so that a missing file is a message with a line number and not a
failed registration later. A secret's file name is never repeated in a message: people do write the
secret itself there.
"""

from __future__ import annotations

import contextlib
import ssl
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from appliance.config.problems import ENVIRONMENT, HIDDEN, Origin, Problem, quote
from appliance.config.reading import read_regular
from appliance.config.validate import Value

_MAX_SECRET = 128
_MAX_PEM = 1 << 20
_HIDE = "chmod 600 it; on a FAT partition, mount that with umask=0077"
_CREDENTIALS = "CREDENTIALS_DIRECTORY"
_TO_CREDENTIALS = (f"${_CREDENTIALS}/", f"${{{_CREDENTIALS}}}/")


def resolve(value: Value, env: Mapping[str, str]) -> Path:
    """A path relative to the file that names it; as it is when the environment names it.

    ``$CREDENTIALS_DIRECTORY/`` at its beginning is where systemd lays a service's credentials
    (systemd.exec(5), LoadCredential=); without systemd such a file does not exist.
    """
    text = str(value.value)
    if text.startswith(_TO_CREDENTIALS):
        return Path(env.get(_CREDENTIALS, text), text.partition("/")[2])
    named = Path(text)
    return named if value.origin.file == ENVIRONMENT else Path(value.origin.file).parent / named


def read_secret(
    key: str, value: Value, env: Mapping[str, str]
) -> tuple[Value | None, list[Problem]]:
    """The secret in a `password_file`; None when it cannot be had.

    A final line end is not part of the secret. A file that others may read is worth a
    warning, and no more than that: how a card's FAT partition is mounted may be out of reach.
    """
    path = resolve(value, env)
    read = read_regular(path, 4 * _MAX_SECRET)
    expected = f"a file whose only line is the secret, at most {_MAX_SECRET} characters"
    if isinstance(read, str):
        return None, [Problem(value.place, key, f"{HIDDEN}: {read}", expected)]
    try:
        secret = read.content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return None, [Problem(value.place, key, "a file that is not UTF-8", expected)]
    if not secret or len(secret) > _MAX_SECRET or not secret.isprintable():
        found = "an empty file" if not secret else "something else"
        return None, [Problem(value.place, key, found, expected)]
    return Value(secret, Origin(str(path)), value.place), _private(key, value, read.mode)


def check_exposure(secrets: Iterable[tuple[str, Value]]) -> list[Problem]:
    """A warning for each configuration file with a secret in it that everybody may read.

    `secrets` are the values that stand in the files themselves, by their keys. A group may read
    them: what is served to units is, by its server.
    """
    problems: dict[str, list[Problem]] = {}
    for key, value in secrets:
        file = value.origin.file
        if file == ENVIRONMENT or file in problems:
            continue
        with contextlib.suppress(OSError):
            mode = Path(file).stat().st_mode
            exposed = stat.S_ISREG(mode) and mode & stat.S_IRWXO
            problems[file] = [_exposed(key, value, stat.S_IMODE(mode))] if exposed else []
    return [problem for found in problems.values() for problem in found]


def _private(key: str, value: Value, mode: int) -> list[Problem]:
    """A warning about a secret that others may read; systemd's credentials lie behind a door."""
    if str(value.value).startswith(_TO_CREDENTIALS) or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return []
    return [_exposed(key, value, mode)]


def _exposed(key: str, value: Value, mode: int) -> Problem:
    expected = "a secret that only its owner may read"
    return Problem(value.place, key, f"a file with mode {mode:04o}", expected, _HIDE, "warning")


def check_ca(key: str, value: Value, env: Mapping[str, str]) -> tuple[Value, list[Problem]]:
    """A `ca_file` with its full path, and what keeps it from being used, if anything."""
    path = resolve(value, env)
    resolved = Value(str(path), value.origin, value.place)
    read = read_regular(path, _MAX_PEM)
    expected = "a PEM file of certificate authorities"
    if isinstance(read, str):
        found = f"{quote(str(path))}: {read}"
        return resolved, [Problem(value.place, key, found, expected)]
    if not is_ca(read.content):
        found = f"{quote(str(path))} without a certificate that can be read"
        return resolved, [Problem(value.place, key, found, expected)]
    return resolved, []


def is_ca(content: bytes) -> bool:
    """Whether this is a PEM file from which OpenSSL takes at least one certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=content.decode("ascii", errors="replace"))
    except (ssl.SSLError, ValueError):
        return False
    return bool(context.cert_store_stats()["x509"])


def check_identity(
    keys: tuple[str, str], certificate: Value, private_key: Value | None, env: Mapping[str, str]
) -> tuple[Value, Value, list[Problem]]:
    """The phone's own certificate and key with their full paths, and what is wrong with them.

    `keys` are how the two are spelled; without a `private_key` it is in the certificate's file.
    """
    own = private_key or certificate
    chain_path, key_path = resolve(certificate, env), resolve(own, env)
    chain = Value(str(chain_path), certificate.origin, certificate.place)
    key = Value(str(key_path), own.origin, own.place)
    expected = "a PEM file with the phone's certificate", "the PEM private key of the certificate"
    problems: list[Problem] = []
    for name, value, path, wanted in (
        (keys[0], certificate, chain_path, expected[0]),
        (keys[1], own, key_path, expected[1]),
    ):
        read = read_regular(path, _MAX_PEM)
        if isinstance(read, str):
            problems.append(Problem(value.place, name, f"{quote(str(path))}: {read}", wanted))
        elif name == keys[1]:
            problems += _private(name, value, read.mode)
            if b"ENCRYPTED" in read.content:
                found = "a key with a passphrase"
                problems.append(Problem(value.place, name, found, f"{wanted}, without one"))
    if any(problem.severity == "error" for problem in problems):
        return chain, key, problems
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(chain_path, key_path)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            found = "the key of another certificate"
            problems.append(Problem(own.place, keys[1], found, expected[1]))
        else:
            found = f"{quote(str(chain_path))} and {quote(str(key_path))}: {error.reason or error}"
            problems.append(Problem(certificate.place, keys[0], found, " and ".join(expected)))
    return chain, key, problems
