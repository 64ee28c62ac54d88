"""Which unit a file is read for: what stands for it in texts that serve many units.

``{mac}``, ``{serial}`` and ``{last4}`` in a text are replaced by the unit's own; any other brace
stays as it is, and passwords are never touched, for they may hold anything. A file that is checked
for no unit in particular is checked for an imagined one, so that a text is judged by its form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PLACEHOLDER = re.compile(r"\{(mac|serial|last4)\}")
_SECRET = re.compile(r"(?:password|pin)$")
_DEEPEST = 4
"""Tables and lists within each other; a configuration has no more."""
_MAC = re.compile(r"[0-9a-f]{2}(?:[:-]?[0-9a-f]{2}){5}", re.ASCII | re.IGNORECASE)
_NONE = "000000000000"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: `mac` as twelve lower-case hexadecimal digits, `serial` as its maker gave it."""

    mac: str
    serial: str

    @property
    def last4(self) -> str:
        """The last four digits of the MAC."""
        return self.mac[-4:]

    def filled(self, value: Any, depth: int = _DEEPEST) -> Any:
        """A TOML value with the placeholders of all its texts replaced, secrets excepted."""
        if depth < 0:
            return value
        match value:
            case str():
                return _PLACEHOLDER.sub(lambda found: str(getattr(self, found[1])), value)
            case list():
                return [self.filled(item, depth - 1) for item in value]
            case dict():
                return {
                    key: inner if _SECRET.search(key) else self.filled(inner, depth - 1)
                    for key, inner in value.items()
                }
            case _:
                return value


IMAGINED = Unit("000000001234", "00000000deadbeef")


def plain_mac(text: str) -> str | None:
    """Twelve lower-case hexadecimal digits; None if `text` is no MAC address."""
    if _MAC.fullmatch(text) is None:
        return None
    return re.sub("[:-]", "", text).lower()


def this_unit(sysfs: Path = Path("/sys"), proc: Path = Path("/proc")) -> Unit:
    """The machine that this runs on; zeros for what it does not tell.

    The MAC is that of the first wired interface by name, else of the first one that has any; the
    serial number is the board's (device tree, else DMI).
    """
    interfaces = sorted(
        (path for path in (sysfs / "class/net").glob("*") if (path / "device").exists()),
        key=lambda path: ((path / "wireless").exists(), path.name),
    )
    macs = [mac for path in interfaces if (mac := plain_mac(_read(path / "address")))]
    serial = _read(proc / "device-tree/serial-number") or _read(
        sysfs / "class/dmi/id/product_serial"
    )
    return Unit(next(iter(macs), _NONE), serial or "0")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip("\0 \n")
    except OSError:
        return ""
