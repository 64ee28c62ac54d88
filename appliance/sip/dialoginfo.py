"""What a dialog-info document says of somebody's calls (RFC 4235 section 4). Pure: text to value.

The document comes from the network, so nothing in it may do anything: no document type, no entity,
no more depth and length than such a document has. What is not well-formed, or another document, is
none at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from appliance.markup import DocumentTypeFound, safe_parser
from appliance.phone.events import CallsOf

NAMESPACE = "urn:ietf:params:xml:ns:dialog-info"
LONGEST = 65_536
"""Characters of a document; one of a busy switchboard has some hundred a dialog."""
DEEPEST = 8
"""Levels of elements; RFC 4235 needs five."""


@dataclass(frozen=True, slots=True)
class Dialog:
    """One of their calls. `state` is one of section 3.7.1, `direction` may be empty."""

    id: str
    state: str
    direction: str = ""


@dataclass(frozen=True, slots=True)
class DialogInfo:
    """One document: all of the dialogs if `full`, else those that have changed."""

    version: int
    full: bool
    dialogs: tuple[Dialog, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of somebody's calls after some documents of one subscription."""

    version: int = -1
    dialogs: Mapping[str, Dialog] = field(default_factory=dict)

    def told(self, info: DialogInfo) -> Known:
        """The same after another document; an older one, come late, says nothing."""
        if info.version <= self.version:
            return self
        before = {} if info.full else self.dialogs
        now = {**before, **{dialog.id: dialog for dialog in info.dialogs}}
        left = {name: dialog for name, dialog in now.items() if dialog.state != "terminated"}
        return Known(info.version, left)

    @property
    def calls(self) -> CallsOf:
        """What a lamp shows: a call that rings there can be taken, one that goes out cannot."""
        dialogs = tuple(self.dialogs.values())
        if any(dialog.state == "early" and dialog.direction != "initiator" for dialog in dialogs):
            return "ringing"
        return "busy" if dialogs else "idle"


class _TooDeep(Exception):
    """The document has more levels than any of its kind."""


class _Reader:
    """Collects the dialogs while expat reads."""

    def __init__(self) -> None:
        self.root: dict[str, str] | None = None
        self.dialogs: list[Dialog] = []
        self._path: list[str] = []
        self._dialog: dict[str, str] = {}
        self._state: list[str] = []

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._path.append(name.removeprefix(f"{NAMESPACE} "))
        if len(self._path) > DEEPEST:
            raise _TooDeep
        if self._path == ["dialog-info"]:
            self.root = attributes
        elif self._path == ["dialog-info", "dialog"]:
            self._dialog, self._state = attributes, []

    def text(self, text: str) -> None:
        if self._path == ["dialog-info", "dialog", "state"]:
            self._state.append(text)

    def end(self, _name: str) -> None:
        if self._path == ["dialog-info", "dialog"] and self._dialog.get("id"):
            state = "".join(self._state).strip().lower()
            direction = self._dialog.get("direction", "").lower()
            self.dialogs.append(Dialog(self._dialog["id"], state, direction))
        self._path.pop()


def parse_dialog_info(text: str) -> DialogInfo | None:
    """Read a document; None where it is none."""
    if len(text) > LONGEST:
        return None
    reader = _Reader()
    parser = safe_parser(namespace_separator=" ")
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, DocumentTypeFound, _TooDeep):
        return None
    root = reader.root
    if root is None or not root.get("version", "").isdecimal():
        return None
    version = int(root["version"][:10])
    return DialogInfo(version, root.get("state") == "full", tuple(reader.dialogs))
