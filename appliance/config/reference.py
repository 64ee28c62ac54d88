"""The table of all keys in this room's README, generated from the model.

``python -m appliance.config.reference`` rewrites what stands between the two marks, and
``--check`` says whether it is up to date (exit 1 if not).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.config.fields import MEANINGS, SECTIONS, Field, Shape, expectation, header
from appliance.config.show import toml

README = Path(__file__).with_name("README.md")
BEGIN = "<!-- keys: written by `python -m appliance.config.reference` -->\n"
END = "<!-- end of keys -->\n"


def tables() -> str:
    """A Markdown table for each section, in the order of the model."""
    return "\n".join(_section(name) for name in SECTIONS)


def renewed(readme: str) -> str:
    """The README with its tables as they ought to be; raises ValueError without the marks."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{README.name} lacks the lines {BEGIN.strip()} and {END.strip()}")
    return before + begin + "\n" + tables() + "\n" + end + after


def _section(name: str) -> str:
    rows = [row for field in SECTIONS[name].values() for row in _rows(field)]
    head = [f"### `{header(name)}`", "", MEANINGS[name] + ".", ""]
    columns = ["| key | value | default | meaning |", "| --- | --- | --- | --- |"]
    return "\n".join([*head, *columns, *rows]) + "\n"


def _rows(field: Field) -> Iterator[str]:
    inner = field.shape.fields
    if inner is None or len(set(map(id, inner.values()))) == 1:
        yield _row(field.name, field.shape, _default(field), field.shape.description)
        return
    for name, shape in inner.items():
        yield _row(f"{field.name}.{name}", shape, "", shape.description)


def _row(name: str, shape: Shape, default: str, meaning: str) -> str:
    values = expectation(shape).replace("|", "\\|")
    return f"| `{name}` | {values} | {default} | {meaning.replace('|', chr(92) + '|')} |"


def _default(field: Field) -> str:
    if field.required:
        return "required"
    if field.default is None or field.default in ("", {}, ()):
        return ""
    return f"`{toml(field.default, field.shape)}`".replace("|", "\\|")


def main(arguments: Sequence[str]) -> int:
    """Rewrite the README, or with ``--check`` compare it."""
    old = README.read_text(encoding="utf-8")
    new = renewed(old)
    if "--check" in arguments:
        return 0 if old == new else 1
    README.write_text(new, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
