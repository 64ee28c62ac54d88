"""Where the journal of a phone goes for as long as a life of it lasts."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from appliance.config.model import Log
from appliance.errors import PhoneError
from appliance.system.journal import configure


@contextlib.contextmanager
def journal_file(file: Path | None) -> Iterator[TextIO]:
    """Where the journal of a life goes: standard error, or the end of `file`.

    Raises `PhoneError` if that cannot be written.
    """
    if file is None:
        yield sys.stderr
        return
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stream = open(file, "a", encoding="utf-8", buffering=1, opener=_private)  # noqa: SIM115
    except OSError as error:
        raise PhoneError(
            "STATE-01",
            "No place for the journal",
            f"{file}: {error.strerror}; name a directory that can be written with --state",
        ) from error
    with stream:
        yield stream


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@contextlib.contextmanager
def journaling(settings: Log, stream: TextIO) -> Iterator[None]:
    """Write the journal as configured, for as long as it is entered."""
    handlers = configure(settings.level, settings.syslog or "", stream)
    try:
        yield
    finally:
        for handler in handlers:
            logging.getLogger().removeHandler(handler)
            handler.close()
