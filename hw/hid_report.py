"""HID report descriptors, read, and the reports that they describe, taken apart and put together.

A descriptor is the device's own word for which bit of which report means what (USB Device Class
Definition for HID 1.11, section 6.2.2). It comes from a stranger and may be anything: whatever it
is, the answer is a `Descriptor` or a `DescriptorError` that names the byte, within bounded time and
memory. Pure: no device is touched here, and no usage has a meaning here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["input", "output", "feature"]

MAX_DESCRIPTOR_BYTES = 4096
"""As the Linux kernel has it (HID_MAX_DESCRIPTOR_SIZE)."""
MAX_REPORT_BITS = 8 * 16384
"""As the Linux kernel has it (HID_MAX_BUFFER_SIZE)."""
MAX_FIELDS = 4096
MAX_DEPTH = 64
"""Of collections, and of pushed global items."""
MAX_USAGES = 4096

_MAIN, _GLOBAL, _LOCAL = 0, 1, 2
_LONG_ITEM = 0xFE
_KINDS: dict[int, Kind] = {0x8: "input", 0x9: "output", 0xB: "feature"}
_COLLECTION, _END_COLLECTION = 0xA, 0xC
_SIGNED = {1: "logical_minimum", 2: "logical_maximum"}
_PUSH, _POP = 0xA, 0xB


class DescriptorError(ValueError):
    """A descriptor that is none: at which byte, what was found, what was expected."""

    def __init__(self, at: int, found: str, expected: str) -> None:
        super().__init__(f"byte {at}: found {found}, expected {expected}")


@dataclass(frozen=True, slots=True)
class Field:
    """Some bits of a report. A usage is its page times 65536 plus its number on that page.

    A variable has one usage, whose value the bits are; an array tells in its bits which of the
    `usages` (ranges, first and last) is active just now.
    """

    kind: Kind
    report: int
    """The report's number, its first byte; 0 where the device has but one, without such a byte."""
    offset: int
    """In bits, not counting that byte."""
    size: int
    usages: tuple[tuple[int, int], ...]
    variable: bool
    relative: bool
    momentary: bool
    """It returns to a preferred state by itself, as a push button does."""
    logical_minimum: int
    logical_maximum: int

    @property
    def usage(self) -> int:
        """The one usage of a variable."""
        return self.usages[0][0]

    def usage_at(self, index: int) -> int | None:
        """The array's usage of this index."""
        for first, last in self.usages:
            if index <= last - first:
                return first + index
            index -= last - first + 1
        return None


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a device's reports are made of."""

    fields: tuple[Field, ...]
    numbered: bool
    """Whether each report begins with a byte that is its number."""
    sizes: Mapping[tuple[Kind, int], int]
    """Bits of each report, not counting that byte."""

    def find(self, kind: Kind, usage: int) -> Field | None:
        """The first variable of this kind that has the usage."""
        return next(
            (f for f in self.fields if f.kind == kind and f.variable and f.usage == usage), None
        )

    def number(self, data: bytes) -> int:
        """Which report these bytes are; 0 where reports have no numbers, or there are no bytes."""
        return data[0] if self.numbered and data else 0

    def decode(self, data: bytes) -> dict[int, int]:
        """The values of an input report by usage; of arrays, 1 for each usage that is active.

        Bits that the report is too short for are absent from the answer.
        """
        number, body = self.number(data), data[1:] if self.numbered else data
        bits = int.from_bytes(body, "little")
        values: dict[int, int] = {}
        for item in self.fields:
            if item.kind != "input" or item.report != number:
                continue
            if item.offset + item.size > 8 * len(body):
                continue
            value = bits >> item.offset & (1 << item.size) - 1
            if item.variable:
                values[item.usage] = _signed(value, item)
                continue
            active = item.usage_at(value - item.logical_minimum)
            in_range = item.logical_minimum <= value <= item.logical_maximum
            if in_range and active is not None:
                values[active] = 1
        return values

    def encode(self, number: int, values: Mapping[int, int]) -> bytes:
        """The output report of this number with these values by usage; all other bits are 0."""
        size = self.sizes.get(("output", number), 0)
        bits = 0
        for item in self.fields:
            if item.kind == "output" and item.report == number and item.variable:
                value = values.get(item.usage, 0) & (1 << item.size) - 1
                bits |= value << item.offset
        return bytes([number]) + bits.to_bytes((size + 7) // 8, "little")


def parse(descriptor: bytes) -> Descriptor:
    """Read a report descriptor; raises `DescriptorError` and nothing else."""
    if len(descriptor) > MAX_DESCRIPTOR_BYTES:
        raise DescriptorError(
            MAX_DESCRIPTOR_BYTES, f"{len(descriptor)} bytes", f"{MAX_DESCRIPTOR_BYTES} at most"
        )
    reader = _Reader()
    for at, kind, tag, data in _items(descriptor):
        reader.take(at, kind, tag, data)
    if reader.depth:
        raise DescriptorError(len(descriptor), "the end", "End Collection")
    return Descriptor(tuple(reader.fields), reader.numbered, reader.sizes)


def _items(descriptor: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Where each short item begins, its type, tag and data; long items are passed over."""
    at = 0
    while at < len(descriptor):
        prefix = descriptor[at]
        if prefix == _LONG_ITEM:
            length = descriptor[at + 1] if at + 1 < len(descriptor) else 0
            head = 3
        else:
            length, head = (0, 1, 2, 4)[prefix & 3], 1
        end = at + head + length
        if end > len(descriptor):
            raise DescriptorError(
                at, f"{len(descriptor) - at} bytes to the end", f"an item of {head + length}"
            )
        if prefix != _LONG_ITEM:
            yield at, prefix >> 2 & 3, prefix >> 4, descriptor[at + head : end]
        at = end


@dataclass(frozen=True, slots=True)
class _Globals:
    page: int = 0
    logical_minimum: int = 0
    logical_maximum: int = 0
    raw_maximum: int = 0
    size: int = 0
    report: int = 0
    count: int = 0


@dataclass(slots=True)
class _Locals:
    usages: list[tuple[int, int, bool]] = field(default_factory=list)
    """First, last, and whether the page is part of them."""
    first: tuple[int, bool] | None = None
    last: tuple[int, bool] | None = None
    alternatives: int = 0
    """Of a set of usages (Delimiter), how many have been seen; the first counts."""
    in_set: bool = False


class _Reader:
    """The state of section 5.4: global items last, local ones until the next main item."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.sizes: dict[tuple[Kind, int], int] = {}
        self.numbered = False
        self.depth = 0
        self._globals = _Globals()
        self._stack: list[_Globals] = []
        self._locals = _Locals()

    def take(self, at: int, kind: int, tag: int, data: bytes) -> None:
        """Take one item."""
        value = int.from_bytes(data, "little")
        if kind == _MAIN:
            self._main(at, tag, value)
            self._locals = _Locals()
        elif kind == _GLOBAL:
            self._global(at, tag, value, data)
        elif kind == _LOCAL:
            self._local(at, tag, value, len(data))

    def _main(self, at: int, tag: int, flags: int) -> None:
        if tag == _COLLECTION:
            self.depth += 1
            if self.depth > MAX_DEPTH:
                raise DescriptorError(at, f"{self.depth} collections deep", f"{MAX_DEPTH} at most")
        elif tag == _END_COLLECTION:
            if not self.depth:
                raise DescriptorError(at, "End Collection", "a collection to end")
            self.depth -= 1
        elif tag in _KINDS:
            self._add(at, _KINDS[tag], flags)

    def _global(self, at: int, tag: int, value: int, data: bytes) -> None:
        if tag in _SIGNED:
            signed = int.from_bytes(data, "little", signed=True)
            changes = {_SIGNED[tag]: signed}
            if tag == 2:
                changes["raw_maximum"] = value
            self._globals = replace(self._globals, **changes)
        elif tag == 0:
            self._globals = replace(self._globals, page=value & 0xFFFF)
        elif tag == 7:
            self._globals = replace(self._globals, size=value)
        elif tag == 8:
            if not 1 <= value <= 255:
                raise DescriptorError(at, f"report ID {value}", "1 to 255")
            self._globals = replace(self._globals, report=value)
            self.numbered = True
        elif tag == 9:
            self._globals = replace(self._globals, count=value)
        elif tag == _PUSH:
            if len(self._stack) == MAX_DEPTH:
                raise DescriptorError(at, "Push", f"{MAX_DEPTH} at most before a Pop")
            self._stack.append(self._globals)
        elif tag == _POP:
            if not self._stack:
                raise DescriptorError(at, "Pop", "a Push before it")
            self._globals = self._stack.pop()

    def _local(self, at: int, tag: int, value: int, length: int) -> None:
        local, whole = self._locals, length == 4
        if tag == 0:
            local.alternatives += local.in_set
            if not local.in_set or local.alternatives == 1:
                local.usages.append((value, value, whole))
        elif tag == 1:
            local.first = (value, whole)
        elif tag == 2:
            local.last = (value, whole)
        elif tag == 0xA:
            local.in_set, local.alternatives = bool(value), 0
        if local.first is not None and local.last is not None:
            (first, whole), (last, _) = local.first, local.last
            if not 0 <= last - first <= 0xFFFF:
                raise DescriptorError(at, f"usages {first} to {last}", "a range of one page")
            local.usages.append((first, last, whole))
            local.first = local.last = None
        if len(local.usages) > MAX_USAGES:
            raise DescriptorError(at, "one usage more", f"{MAX_USAGES} at most")

    def _add(self, at: int, kind: Kind, flags: int) -> None:
        """A main item: `count` fields of `size` bits, after what the report has already."""
        now = self._globals
        place = (kind, now.report)
        offset = self.sizes.get(place, 0)
        total = offset + now.size * now.count
        if total > MAX_REPORT_BITS:
            raise DescriptorError(at, f"a report of {total} bits", f"{MAX_REPORT_BITS} at most")
        self.sizes[place] = total
        page = now.page << 16
        usages = tuple(
            (first, last) if whole else (page | first & 0xFFFF, page | last & 0xFFFF)
            for first, last, whole in self._locals.usages
        )
        if not usages or not now.size:
            return
        maximum = now.logical_maximum
        if maximum < now.logical_minimum:
            maximum = now.raw_maximum
        if maximum < now.logical_minimum:
            raise DescriptorError(
                at, f"logical values from {now.logical_minimum} to {maximum}", "a range"
            )
        if len(self.fields) + now.count > MAX_FIELDS:
            raise DescriptorError(at, f"{now.count} fields more", f"{MAX_FIELDS} at most")
        variable = bool(flags & 2)
        each = _each(usages, now.count) if variable else [usages] * now.count
        for index, own in enumerate(each):
            self.fields.append(
                Field(
                    kind,
                    now.report,
                    offset + index * now.size,
                    now.size,
                    own,
                    variable,
                    relative=bool(flags & 4),
                    momentary=not flags & 0x20,
                    logical_minimum=now.logical_minimum,
                    logical_maximum=maximum,
                )
            )


def _each(usages: tuple[tuple[int, int], ...], count: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """One usage for each variable; the last one serves for all that are left (section 6.2.2.8)."""
    usage = usages[0][0]
    given = (one for first, last in usages for one in range(first, last + 1))
    for _ in range(count):
        usage = next(given, usage)
        yield ((usage, usage),)


def _signed(value: int, item: Field) -> int:
    if item.logical_minimum < 0 and value >> item.size - 1:
        return value - (1 << item.size)
    return value
