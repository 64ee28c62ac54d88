"""Text files as people's programs write them, a line at a time.

UTF-8, UTF-16 with a mark, or Windows-1252, and a file may hold more than one of them: each line
is read for itself, so that one wrong byte costs its line and nothing else.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that was not taken: where (from 1), what was found, what was expected."""

    line: int
    found: str
    expected: str


def text_lines(raw: bytes) -> tuple[list[str], list[Refusal]]:
    """The lines without their ends; one that cannot be read is empty and refused."""
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raw = raw.decode("utf-16", "replace").encode()
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        pass
    else:
        if "\0" not in text:
            return _split(text), []
    lines: list[str] = []
    refusals = []
    for number, line in enumerate(
        raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n"), 1
    ):
        read = _line(line)
        if read is None:
            refusals.append(Refusal(number, "bytes of no encoding", "UTF-8 or Windows-1252"))
        lines.append(read or "")
    return lines, refusals


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line(line: bytes) -> str | None:
    if b"\0" in line:
        return None
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
