"""What the README draws from the code: ``python -m appliance.readme README.md``.

Each generated part stands between ``<!-- name: begin -->`` and ``<!-- name: end -->``; a test holds
that the README is what this command would write.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from appliance.phone.diagram import diagram, second_diagram
from appliance.sip.words import table

GOLDEN = "tests/screens/golden"


def parts() -> dict[str, str]:
    """The generated parts of the README by name."""
    return {
        "screens": screens(),
        "verdicts": table(),
        "state diagram": diagram(),
        "second diagram": second_diagram(),
    }


def screens() -> str:
    """The gallery's pictures with every page of them, three to a row under their names."""
    from appliance.screens.examples import EXAMPLES
    from appliance.screens.sheet import pages

    names = list(pages(EXAMPLES))
    lines = []
    for start in range(0, len(names), 3):
        row = names[start : start + 3]
        words = " | ".join(name.replace("-", " ") for name in row)
        pictures = " | ".join(f"![{name}]({GOLDEN}/{name}.png)" for name in row)
        if start == 0:
            lines += [f"| {words} |", "| --- | --- | --- |", f"| {pictures} |"]
        else:
            lines += [f"| {words} |", f"| {pictures} |"]
    return "\n".join(lines)


def updated(text: str) -> str:
    """`text` with every generated part in place; raises `ValueError` when a marker is missing."""
    for name, content in parts().items():
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"expected the lines {begin!r} and {end!r}")
        text = f"{head}{begin}\n{content}\n{end}{tail}"
    return text


def main(arguments: Sequence[str]) -> int:
    """Write the generated parts into the files that are named."""
    for argument in arguments:
        path = Path(argument)
        path.write_text(updated(path.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
