"""Which messages the phone has: read from its own source, for the catalogues to be complete.

Every call of the functions of `appliance.phone.words` names its message as a literal; what does not
cannot be translated and is a mistake. Only the tool of this room and the tests use this.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from appliance.phone.words import Message, Place

ROOT = Path(__file__).parent.parent
PLACES: dict[str, Place] = {
    "on_key": "key",
    "on_wide_key": "wide key",
    "in_title": "title",
    "in_menu": "menu",
    "in_line": "line",
    "in_column": "column",
    "in_trouble": "trouble",
    "in_text": "text",
    "counted": "line",
}
_HOME = ROOT / "phone" / "words.py"


def messages(root: Path = ROOT) -> tuple[Message, ...]:
    """Every message below `root` once, sorted; raises `ValueError` for one that is no literal."""
    found = {message for path in root.rglob("*.py") if path != _HOME for message in _in_file(path)}
    return tuple(sorted(found, key=lambda message: (message.place, message.english)))


def _in_file(path: Path) -> Iterator[Message]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        place = PLACES.get(node.func.id)
        if place is None:
            continue
        several = 2 if node.func.id == "counted" else 1
        one, *many = (_literal(path, argument) for argument in node.args[:several])
        yield Message(place, one, plural="".join(many))


def _literal(path: Path, node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(f"{path.name} line {node.lineno}: a message that is no literal")
