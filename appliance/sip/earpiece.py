"""The earpiece file, read while the sip thread writes it: what the ear heard last."""

from __future__ import annotations

from pathlib import Path

from appliance.errors import EngineError

SAMPLE_BYTES = 2


def tail(path: Path, begun: int, wanted: int) -> bytes:
    """The last `wanted` bytes of the file, but none before `begun`; whole samples only.

    Raises `EngineError` when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            end -= (end - begun) % SAMPLE_BYTES
            start = max(begun, end - wanted)
            if start >= end:
                return b""
            file.seek(start)
            return file.read(end - start)
    except OSError as error:
        raise deaf(f"{path} cannot be read: {error.strerror}; expected the earpiece file") from None


def deaf(what: str) -> EngineError:
    """The error for a recording that cannot be listened to."""
    return EngineError("AUDIO-04", "No recording", what)
