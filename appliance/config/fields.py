"""The model, taken apart: what each key may hold, in words and for machines.

Everything comes from the annotations in `model`; the validator, the environment, the schema and the
reference table all ask here, so a key is described once.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from appliance.config.account import Account
from appliance.config.formats import FORMS
from appliance.config.model import Config

_FEW = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """A type without its wrapping: `base`, and what the annotations around it add.

    `choices` of a Literal, `items` of a list or of a table's values, `keys` of a table.
    """

    base: Any
    annotation: Any
    description: str = ""
    unit: str = ""
    format: str = ""
    """Name of a check in `formats`; ``hex`` for numbers that people write so."""
    masked: str = ""
    low: float | None = None
    high: float | None = None
    shortest: int | None = None
    longest: int | None = None
    choices: tuple[Any, ...] = ()
    items: Shape | None = None
    keys: tuple[str, ...] = ()
    fields: Mapping[str, Shape] | None = None

    @property
    def is_table(self) -> bool:
        """A table of its own (``dial.speed_dial``), which merges key by key."""
        return self.fields is not None


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a section."""

    name: str
    shape: Shape
    required: bool
    default: Any

    @property
    def hidden(self) -> bool:
        """Whether messages must not show the value."""
        return bool(self.shape.masked)


def shape_of(annotation: Any) -> Shape:
    """Take an annotation apart; outer annotations win over inner ones."""
    metas: list[Meta] = []
    base = annotation
    while True:
        if get_origin(base) is Annotated:
            base, *extra = get_args(base)
            metas[:0] = [meta for meta in extra if isinstance(meta, Meta)]
        elif get_origin(base) in (Union, types.UnionType):
            (base,) = (part for part in get_args(base) if part is not type(None))
        else:
            break
    extra_schema: dict[str, Any] = {}
    for meta in metas:
        extra_schema |= meta.extra_json_schema or {}

    def said(name: str) -> Any:
        return next((v for m in reversed(metas) if (v := getattr(m, name)) is not None), None)

    choices: tuple[Any, ...] = ()
    items: Shape | None = None
    fields: Mapping[str, Shape] | None = None
    if get_origin(base) is Literal:
        choices = get_args(base)
    elif get_origin(base) is tuple:
        items = shape_of(get_args(base)[0])
    elif get_origin(base) is dict:
        names, values = get_args(base)
        items = shape_of(values)
        fields = dict.fromkeys(get_args(names), items)
    elif isinstance(base, type) and issubclass(base, Struct):
        hints = get_type_hints(base, include_extras=True)
        fields = {name: shape_of(hints[name]) for name in base.__struct_fields__}
    return Shape(
        base=base,
        annotation=annotation,
        description=said("description") or "",
        unit=extra_schema.get("x-unit", ""),
        format=extra_schema.get("format", ""),
        masked=extra_schema.get("x-masked", ""),
        low=said("ge"),
        high=said("le"),
        shortest=said("min_length"),
        longest=said("max_length"),
        choices=choices,
        items=items,
        fields=fields,
    )


def _fields(struct: type[Struct]) -> Mapping[str, Field]:
    hints = get_type_hints(struct, include_extras=True)
    return {
        info.name: Field(
            info.name,
            shape_of(hints[info.name]),
            info.required,
            None if info.default is msgspec.NODEFAULT else info.default,
        )
        for info in msgspec.structs.fields(struct)
    }


_CONFIG = {info.encode_name: info.name for info in msgspec.structs.fields(Config)}
_HINTS = get_type_hints(Config, include_extras=True)
_SHAPES = {section: shape_of(_HINTS[name]) for section, name in _CONFIG.items()}

SECTIONS: Mapping[str, Mapping[str, Field]] = {
    section: _fields(Account if shape.items else shape.base) for section, shape in _SHAPES.items()
}
"""The keys by section; ``account`` is the one section of which there may be several."""

MEANINGS: Mapping[str, str] = {section: shape.description for section, shape in _SHAPES.items()}
"""What each section is about."""


def header(section: str) -> str:
    """A section's header as it stands in a file."""
    return "[[account]]" if section == "account" else f"[{section}]"


def expectation(shape: Shape) -> str:
    """What a value of this shape looks like, in words for a message or a table."""
    if shape.choices:
        return _one_of(shape.choices)
    if shape.format in FORMS:
        return FORMS[shape.format]
    if shape.base is bool:
        return "true or false"
    if shape.base in (int, float):
        noun = "a whole number" if shape.base is int else "a number"
        unit = f" {shape.unit}" if shape.unit else ""
        low, high = (number(limit, shape) for limit in (shape.low, shape.high))
        return f"{noun} from {low} to {high}{unit}"
    if shape.is_table:
        return "a table with " + ", ".join(shape.fields or ())
    if shape.items is not None:
        if shape.items.choices:
            return "a list of " + _one_of(shape.items.choices).removeprefix("one of ")
        return "a list, each " + expectation(shape.items)
    lengths = f"of {shape.shortest} to" if shape.shortest else "of at most"
    return f"a text {lengths} {shape.longest} characters"


def number(value: Any, shape: Shape) -> str:
    """A number as people write it: addresses in hexadecimal."""
    return f"0x{value:02x}" if shape.format == "hex" else str(value)


def _one_of(choices: tuple[Any, ...]) -> str:
    words = [f'"{choice}"' if isinstance(choice, str) else str(choice) for choice in choices]
    if len(words) == 1:
        return words[0]
    if len(words) > _FEW:
        return "key names such as " + ", ".join(words[1:4]) + ' or "hold" ("" for none)'
    return "one of " + ", ".join(words)
