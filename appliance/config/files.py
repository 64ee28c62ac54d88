"""Files that a configuration refers to: secrets and certificate authorities.

They are read once, while loading, so that a missing file is a message with a line number and not a
failed registration later. A secret's file name is never repeated in a message: people do write the
secret itself there.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from appliance.config.problems import ENVIRONMENT, HIDDEN, Origin, Problem, quote
from appliance.config.source import reason
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
    raw = _read(path, _MAX_SECRET + 3)
    expected = f"a file whose only line is the secret, at most {_MAX_SECRET} characters"
    if isinstance(raw, str):
        return None, [Problem(value.place, key, f"{HIDDEN}: {raw}", expected)]
    content, mode = raw
    try:
        secret = content.decode("utf-8-sig").removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return None, [Problem(value.place, key, "a file that is not UTF-8", expected)]
    if not secret or len(secret) > _MAX_SECRET or not secret.isprintable():
        found = "an empty file" if not secret else "something else"
        return None, [Problem(value.place, key, found, expected)]
    problems = []
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        problems.append(
            Problem(
                value.place,
                key,
                f"a file with mode {stat.S_IMODE(mode):04o}",
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
    raw = _read(path, _MAX_CA)
    expected = "a PEM file of certificate authorities"
    if isinstance(raw, str):
        found = f"{quote(str(path))}: {raw}"
        return resolved, [Problem(value.place, key, found, expected)]
    if not is_ca(raw[0]):
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


def _read(path: Path, most: int) -> tuple[bytes, int] | str:
    """Content and mode, or the words for why not."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                return "no regular file"
            if status.st_size > most:
                return f"{status.st_size} bytes"
            return file.read(most), status.st_mode
    except IsADirectoryError:
        return "a directory"
    except (OSError, ValueError) as error:
        return reason(error)
