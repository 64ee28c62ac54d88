"""Files that a configuration refers to: secrets and certificate authorities.

They are read once, while loading, so that a missing file is a message with a line number and not a
failed registration later. A secret's file name is never repeated in a message: people do write the
secret itself there.
"""

from __future__ import annotations

import stat
from pathlib import Path

from appliance.config.problems import ENVIRONMENT, HIDDEN, Origin, Problem, quote
from appliance.config.reading import read_regular
from appliance.config.validate import Value

_MAX_SECRET = 128
_MAX_CA = 1 << 20


def resolve(value: Value) -> Path:
    """A path relative to the file that names it; as it is when the environment names it."""
    named = Path(str(value.value))
    return named if value.origin.file == ENVIRONMENT else Path(value.origin.file).parent / named


def read_secret(key: str, value: Value) -> tuple[Value | None, list[Problem]]:
    """The secret in a `password_file`; None when it cannot be had.

    A final line end is not part of the secret. A file that others may read is worth a warning: on
    the FAT partition of a card every file is, which is why it is no more than that.
    """
    path = resolve(value)
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
    problems = []
    if read.mode & (stat.S_IRWXG | stat.S_IRWXO):
        problems.append(
            Problem(
                value.place,
                key,
                f"a file with mode {read.mode:04o}",
                "a secret that only its owner may read",
                "chmod 600 it",
                "warning",
            )
        )
    return Value(secret, Origin(str(path)), value.place), problems


def check_ca(key: str, value: Value) -> tuple[Value, list[Problem]]:
    """A `ca_file` with its full path, and what keeps it from being used, if anything."""
    path = resolve(value)
    resolved = Value(str(path), value.origin, value.place)
    read = read_regular(path, _MAX_CA)
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
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cadata=content.decode("ascii", errors="replace"))
    except (ssl.SSLError, ValueError):
        return False
    return bool(context.cert_store_stats()["x509"])
