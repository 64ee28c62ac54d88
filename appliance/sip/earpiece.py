"""The earpiece file, read while the sip thread writes it: what the ear heard last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.errors import EngineError
from appliance.sip.settings import BRIDGE_RATE

SAMPLE_BYTES = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """The last moments of the earpiece: 16-bit little-endian samples of one channel."""

    samples: bytes
    rate: int = BRIDGE_RATE


def recent(name: str, seconds: float, begun: int | None, *, recording: bool) -> Heard:
    """The last `seconds` in the earpiece file `name`, silence where there are not so many.

    What it holds since byte `begun` counts, nothing while that is None. Raises `EngineError` where
    there is no such file, it is not `recording`, or it cannot be read.
    """
    if not name:
        raise _deaf("what is heard goes to no file; give one by --earpiece")
    if not recording:
        raise _deaf(f"{name} could not be written when the phone started; see AUDIO-03")
    wanted = int(seconds * BRIDGE_RATE) * SAMPLE_BYTES
    found = tail(Path(name), begun, wanted) if begun is not None else b""
    return Heard(bytes(wanted - len(found)) + found)


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
        raise _deaf(
            f"{path} cannot be read: {error.strerror}; expected the earpiece file"
        ) from None


def _deaf(what: str) -> EngineError:
    """The error for a recording that cannot be listened to."""
    return EngineError("AUDIO-04", "No recording", what)
