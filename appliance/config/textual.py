"""Values where there is only text: a variable of the environment, a cell of a table.

A text is taken as it is; other values are written as in TOML, lists also with commas.
"""

from __future__ import annotations

import codecs
import tomllib
from typing import Any

from appliance.config.fields import Shape


def plain_text(raw: bytes) -> str | None:
    """The text of a file that a spreadsheet wrote: UTF-8 or UTF-16 with a mark, or Windows-1252.

    None if it is none of them.
    """
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def converted(text: str, shape: Shape) -> Any:
    """The value that `text` stands for where `shape` is wanted; what it cannot be stays a text."""
    if shape.items is not None:
        parsed = _toml(text) if text.lstrip().startswith("[") else None
        if isinstance(parsed, list):
            return parsed
        return [converted(part.strip(), shape.items) for part in text.split(",")]
    if shape.base is str or isinstance(shape.choices[0] if shape.choices else None, str):
        return text
    parsed = _toml(text)
    return text if parsed is None else parsed


def _toml(text: str) -> Any:
    try:
        document = tomllib.loads("value = " + text)
    except (ValueError, RecursionError):
        return None
    return document["value"] if len(document) == 1 else None
