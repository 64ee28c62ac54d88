"""What a server calls the state of a file, for asking whether it is another by now."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stamp:
    """Its validators (RFC 9110 section 8.8): `etag` and `modified` as they were sent."""

    etag: str = ""
    modified: str = ""


NO_STAMP = Stamp()
