"""Device files as settings: names, values and lines, whatever the maker's notation.

Yealink writes ``name = value`` lines, Grandstream those or elements, Polycom attributes, Cisco and
Snom elements. An XML file with a document type is refused: its entities could be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from appliance.config.problems import Place
from appliance.markup import DocumentTypeFound, safe_parser

_NAME = re.compile(r"[A-Za-z0-9_.]+")
_EMPTY = ("%NULL%", "%EMPTY%")
_MOST_ELEMENTS = 100_000


class NotReadable(ValueError):
    """The file is none that we understand; `line` counts from 1."""

    def __init__(self, line: int, found: str) -> None:
        super().__init__(found)
        self.line = line
        self.found = found


@dataclass(frozen=True, slots=True)
class Setting:
    """A value, and where it stands."""

    value: str
    place: Place


@dataclass(slots=True)
class Element:
    """An XML element; `parent` is the number of the one around it, -1 for the outermost."""

    name: str
    attributes: dict[str, str]
    line: int
    parent: int
    text: str = ""


@dataclass(slots=True)
class Settings:
    """All settings of a telephone by name; those that were asked for are known to be carried."""

    found: dict[str, Setting] = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)

    def take(self, *names: str) -> str:
        """The value of the first of these that has one; none of them is left behind."""
        self.asked.update(names)
        values = (self.found[name].value for name in names if name in self.found)
        return next((value for value in values if value), "")

    def matching(self, pattern: str) -> Iterator[re.Match[str]]:
        """The names that fit, in the order of the numbers in them."""
        matches = (re.fullmatch(pattern, name) for name in self.found)
        yield from sorted(filter(None, matches), key=_numbers)

    def skip(self, pattern: str) -> None:
        """Nothing that fits is carried, or missed: it was switched off."""
        self.asked.update(name for name in self.found if re.fullmatch(pattern, name))

    def left(self) -> Iterator[tuple[str, Setting]]:
        """What nobody asked for and says something."""
        for name, setting in self.found.items():
            if name not in self.asked and setting.value:
                yield name, setting


def _numbers(match: re.Match[str]) -> list[int]:
    return [int(number) for number in re.findall(r"\d{1,9}", match[0])]


def lines(file: Path, text: str) -> Iterator[tuple[str, Setting]]:
    """``name = value`` a line; the rest is remarks."""
    for number, line in enumerate(text.splitlines(), 1):
        name, equals, value = (part.strip() for part in line.partition("="))
        if equals and _NAME.fullmatch(name):
            yield name, Setting("" if value in _EMPTY else value, Place(str(file), number))


def elements(text: str) -> list[Element]:
    """The elements of an XML document, in order; raises `NotReadable`."""
    found: list[Element] = []
    open_ones: list[int] = []
    spoken: list[list[str]] = []
    parser = safe_parser()

    def begin(name: str, attributes: dict[str, str]) -> None:
        line = parser.CurrentLineNumber
        if len(found) == _MOST_ELEMENTS:
            raise NotReadable(line, f"more than {_MOST_ELEMENTS} elements")
        found.append(Element(name, attributes, line, open_ones[-1] if open_ones else -1))
        open_ones.append(len(found) - 1)
        spoken.append([])

    def end(_: str) -> None:
        open_ones.pop()

    def say(text: str) -> None:
        spoken[open_ones[-1]].append(text)

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = say
    try:
        parser.Parse(text.encode(), True)
    except DocumentTypeFound as error:
        raise NotReadable(parser.CurrentLineNumber, str(error)) from None
    except expat.ExpatError as error:
        raise NotReadable(error.lineno, f"no XML ({expat.ErrorString(error.code)})") from None
    for element, pieces in zip(found, spoken, strict=True):
        element.text = "".join(pieces)
    return found
