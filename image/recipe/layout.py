"""Where everything lies on the card: two slots that may each be the whole phone, and its data.

Pure: sizes in, partition tables out; nothing here touches a disk. A Pi 3 starts from nothing but an
MBR, which has four entries; the roots and the data are therefore logical partitions in the fourth.
The first partition is IT's: the settings, and the note that tells the firmware which slot to start
(``autoboot.txt``); an update never writes to it but to choose a slot. Data comes last, so that it
can grow over the rest of whatever card the image is put on.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

SECTOR = 512
"""Bytes."""
MIB = 1024 * 1024 // SECTOR
"""Sectors of a mebibyte; every partition begins at a multiple of it, as flash likes."""

FAT, EXTENDED, LINUX = "c", "f", "83"
"""Types of partitions as the MBR has them."""

SIGNATURE = 0xDE5C_0F0E
"""The MBR's disk signature: the kernel names partitions by it (``PARTUUID``)."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """What the partitions are made with, in MiB."""

    settings: int = 32
    boot: int = 64
    root: int = 160
    data: int = 32


@dataclass(frozen=True, slots=True)
class Partition:
    """A stretch of the card, in sectors."""

    name: str
    number: int
    start: int
    size: int
    type: str

    @property
    def end(self) -> int:
        """The first sector that is no longer part of it."""
        return self.start + self.size

    @property
    def uuid(self) -> str:
        """What the kernel's ``root=PARTUUID=`` names it by."""
        return f"{SIGNATURE:08x}-{self.number:02d}"


def partitions(sizes: Sizes) -> tuple[Partition, ...]:
    """Every partition in its place; the extended one is listed before those inside it."""
    first: list[Partition] = []
    at = MIB
    primaries = (("settings", sizes.settings), ("boot-a", sizes.boot), ("boot-b", sizes.boot))
    for number, (name, size) in enumerate(primaries, 1):
        first.append(Partition(name, number, at, size * MIB, FAT))
        at += size * MIB
    outside = at
    inside: list[Partition] = []
    logicals = (("root-a", sizes.root), ("root-b", sizes.root), ("data", sizes.data))
    for number, (name, size) in enumerate(logicals, 5):
        at += MIB  # the logical partition's own table lies before it
        inside.append(Partition(name, number, at, size * MIB, LINUX))
        at += size * MIB
    return (*first, Partition("extended", 4, outside, at - outside, EXTENDED), *inside)


def card_sectors(sizes: Sizes) -> int:
    """How large the image is before it has grown."""
    return max(partition.end for partition in partitions(sizes))


def sfdisk_script(sizes: Sizes) -> str:
    """What ``sfdisk`` makes the partition table from."""
    head = ("label: dos", f"label-id: {SIGNATURE:#010x}", "unit: sectors", "")
    lines = (
        f"{part.number} : start={part.start}, size={part.size}, type={part.type}"
        + (", bootable" if part.number == 1 else "")
        for part in partitions(sizes)
    )
    return "\n".join((*head, *lines)) + "\n"


def main(argv: list[str]) -> int:
    """``layout.py table``: sfdisk's script; ``layout.py shell``: the places, for the recipe."""
    sizes = Sizes()
    if argv == ["table"]:
        sys.stdout.write(sfdisk_script(sizes))
    elif argv == ["shell"]:
        sys.stdout.write(f"card={card_sectors(sizes) * SECTOR}\n")
        for part in partitions(sizes):
            key = part.name.replace("-", "_")
            sys.stdout.write(
                f"{key}_start={part.start * SECTOR} {key}_size={part.size * SECTOR} "
                f"{key}_uuid={part.uuid}\n"
            )
    else:
        sys.stderr.write("usage: layout.py table|shell\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
