"""A JSON Schema of a configuration file, from the model: editors complete and check TOML by it.

It describes one file, of which others may be laid over or under; so nothing is required but an
account's user, and it cannot say what lies between keys.
"""

from __future__ import annotations

import copy
from typing import Any

import msgspec

from appliance.config.include import KEY as INCLUDE
from appliance.config.model import Config
from appliance.config.validate import ACCOUNT_DEFAULTS, ADD


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a configuration file, descriptions and units included."""
    (root,), components = msgspec.json.schema_components((Config,))
    account = components["Account"]
    del account["properties"]["password"]["default"]
    account["required"] = ["user"]
    defaults = copy.deepcopy(account)
    del defaults["required"]
    defaults["title"] = "AccountDefaults"
    config = components.pop("Config")
    for component in (*components.values(), defaults):
        properties = component["properties"]
        for name, known in properties.items():
            properties[name] = _extensible(known)
    config.pop("required", None)
    config["properties"] = {
        INCLUDE: {
            "description": "Files of the same directory that are laid down before this one",
            "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        },
        ACCOUNT_DEFAULTS: {
            "description": "What holds for every account that says nothing of its own",
            "$ref": "#/$defs/AccountDefaults",
        },
        **config["properties"],
    }
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Deskphone configuration",
        **root,
        "$defs": {"Config": config, **components, "AccountDefaults": defaults},
    }
    cleaned: dict[str, Any] = _without_null(document)
    return cleaned


def _extensible(known: dict[str, Any]) -> dict[str, Any]:
    """A list may also say what is added to it."""
    if known.get("type") != "array":
        return known
    kept = {name: part for name, part in known.items() if name in ("description", "default")}
    array = {name: part for name, part in known.items() if name not in kept}
    addition = {
        "type": "object",
        "properties": {ADD: array},
        "required": [ADD],
        "additionalProperties": False,
    }
    return {**kept, "anyOf": [array, addition]}


def _without_null(node: Any) -> Any:
    """TOML has no null: optional keys are left out, so the schema must not offer one."""
    if isinstance(node, list):
        return [_without_null(item) for item in node]
    if not isinstance(node, dict):
        return node
    cleaned = {
        name: _without_null(item)
        for name, item in node.items()
        if not (name == "default" and item is None)
    }
    choices = cleaned.get("anyOf", [])
    if {"type": "null"} in choices:
        (only,) = (choice for choice in choices if choice != {"type": "null"})
        del cleaned["anyOf"]
        cleaned |= only
    return cleaned
