"""The border to pjsua2, which has no types: the one import, and what its callbacks need.

An exception that leaves a callback would be printed by SWIG and forgotten; `guarded` hands it to
the thread instead, which then takes the phone down loudly.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any

pj: Any = importlib.import_module("pjsua2")


def guarded(method: Callable[..., None]) -> Callable[..., None]:
    """Let no exception out of a callback; its object must have a `station`."""

    @functools.wraps(method)
    def callback(self: Any, *arguments: Any) -> None:
        try:
            method(self, *arguments)
        except Exception as error:  # noqa: BLE001 - the thread reports it
            self.station.thread.crash(error)

    return callback


def sip_header(name: str, value: str) -> Any:
    """A header to be added to a message."""
    made = pj.SipHeader()
    made.hName, made.hValue = name, value
    return made


def words(error: Any) -> str:
    """What a `pj.Error` says, in one line without its source position."""
    return f"{error.title}: {error.reason}" if error.title else str(error.reason)


def plain_text(text: str) -> str:
    """Text off the wire as clean Unicode: bytes that were not UTF-8 become U+FFFD."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
