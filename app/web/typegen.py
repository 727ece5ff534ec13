"""Makes the browser's types and docs/protocol.md from the one typed protocol file: `python -m app.web.typegen`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from app.web import protocol

ROOT = Path(__file__).resolve().parents[2]
TYPES = ROOT / "static/js/core/messages.d.ts"
DOCUMENT = ROOT / "docs/protocol.md"

Schema = dict[str, Any]

_PRIMITIVES = {"string": "string", "number": "number", "integer": "number", "boolean": "boolean", "null": "null"}
_LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "minLength": "{} or more characters",
    "maxLength": "{} characters at most",
    "maxItems": "{} items at most",
}


def server_schemas() -> dict[str, Schema]:
    """Every model that the server sends, by name; fields with a default are always sent."""
    models = _models(protocol.ServerMessage, "serialization")
    return {
        name: schema | ({"required": list(schema["properties"])} if "properties" in schema else {})
        for name, schema in models.items()
    }


def client_schemas() -> dict[str, Schema]:
    """Every model that a client sends; fields with a default may be left out."""
    return _models(protocol.ClientMessage, "validation") | _models(protocol.LiveMessage, "validation")


def types() -> str:
    """The text of messages.d.ts."""
    server, client = server_schemas(), client_schemas()
    parts = [
        "// Made from app/web/protocol/ by `python -m app.web.typegen`; a test proves it current. Do not edit.",
        *(_alias(name, schema) for name, schema in sorted(_enums(server | client).items())),
        *(_interface(name, schema) for name, schema in sorted(_objects(server | client).items())),
        _union("ServerMessage", _members(protocol.ServerMessage)),
        _union("ClientMessage", _members(protocol.ClientMessage)),
        _union("LiveMessage", _members(protocol.LiveMessage)),
    ]
    return "\n\n".join(parts) + "\n"


def document() -> str:
    """The text of docs/protocol.md."""
    server, client = server_schemas(), client_schemas()
    sent, asked, live = (
        _members(union) for union in (protocol.ServerMessage, protocol.ClientMessage, protocol.LiveMessage)
    )
    state = sorted(set(_objects(server)) - set(sent))
    parts = [
        "<!-- Made from app/web/protocol/ by `python -m app.web.typegen`; a test proves it current. Do not edit. -->",
        "# The WebSocket protocol",
        (protocol.__doc__ or "").strip(),
        f"A text message may be {protocol.MAX_TEXT_BYTES // 1024} KiB long; unknown fields, wrong types, NaN and "
        "infinite numbers are refused with a `reply` whose `ok` is false. `?client=NAME` names the client "
        "(letters, digits, - and _, 64 at most): the lease belongs to it.",
        "## From the server on `/ws/studio`",
        *(_section(name, server[name]) for name in sent),
        "## The state",
        *(_section(name, server[name]) for name in state),
        "## Commands on `/ws/studio`",
        *(_section(name, client[name]) for name in asked),
        "## `/ws/live`",
        _live_text(),
        *(_section(name, client[name]) for name in live),
        "## Closed sets",
        "\n".join(f"- `{name}`: {_literals(schema)}" for name, schema in sorted(_enums(server | client).items())),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    """Write both files."""
    TYPES.write_text(types(), encoding="utf-8")
    DOCUMENT.write_text(document(), encoding="utf-8")


def _models(union: Any, mode: Any) -> dict[str, Schema]:
    return TypeAdapter(union).json_schema(mode=mode)["$defs"]


def _members(union: Any) -> list[str]:
    """The names of a discriminated union's members, in the protocol's order."""
    schema = TypeAdapter(union).json_schema()
    return [_name(member) for member in schema["oneOf"]]


def _objects(schemas: dict[str, Schema]) -> dict[str, Schema]:
    return {name: schema for name, schema in schemas.items() if schema.get("type") == "object"}


def _enums(schemas: dict[str, Schema]) -> dict[str, Schema]:
    return {name: schema for name, schema in schemas.items() if "enum" in schema}


def _name(schema: Schema) -> str:
    return schema["$ref"].rsplit("/", 1)[1]


def _type(schema: Schema) -> str:
    """The TypeScript type of a JSON schema."""
    if "$ref" in schema:
        return _name(schema)
    if "const" in schema:
        return f'"{schema["const"]}"'
    if "enum" in schema:
        return " | ".join(f'"{value}"' for value in schema["enum"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(member) for member in schema["anyOf"]))
    if schema["type"] == "array":
        if "prefixItems" in schema:
            return "[" + ", ".join(_type(item) for item in schema["prefixItems"]) + "]"
        inner = _type(schema["items"])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if schema["type"] == "object":
        return f"Record<string, {_type(schema['additionalProperties'])}>"
    return _PRIMITIVES[schema["type"]]


def _alias(name: str, schema: Schema) -> str:
    return f"{_comment(schema)}export type {name} = {_type(schema)};"


def _union(name: str, members: list[str]) -> str:
    return f"export type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";"


def _interface(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    fields = [
        f"  {field}{'' if field in required else '?'}: {_type(kind)};" for field, kind in schema["properties"].items()
    ]
    return f"{_comment(schema)}export interface {name} {{\n" + "\n".join(fields) + "\n}"


def _comment(schema: Schema) -> str:
    text = schema.get("description", "").strip()
    return "/**\n" + "".join(f" * {line}".rstrip() + "\n" for line in text.splitlines()) + " */\n" if text else ""


def _section(name: str, schema: Schema) -> str:
    required = set(schema.get("required", ()))
    tag = schema["properties"].get("type", {}).get("const")
    title = f"### `{tag}`" if tag else f"### {name}"
    rows = [_row(field, kind, field in required) for field, kind in schema["properties"].items() if field != "type"]
    table = "\n".join(["| field | type | |", "|---|---|---|", *rows]) if rows else "No fields."
    return "\n\n".join(part for part in (title, schema.get("description", ""), table) if part)


def _row(field: str, kind: Schema, required: bool) -> str:
    notes = _limits(kind)
    if not required:
        notes.append(f"may be left out: {_default(kind)}")
    written = _type(kind).replace("|", "\\|")
    return f"| `{field}` | `{written}` | {'; '.join(notes)} |"


def _limits(kind: Schema) -> list[str]:
    places = [kind, *kind.get("anyOf", ())]
    return [text.format(place[key]) for place in places for key, text in _LIMITS.items() if key in place]


def _default(kind: Schema) -> str:
    return json.dumps(kind.get("default"))


def _literals(schema: Schema) -> str:
    return ", ".join(f"`{value}`" for value in schema["enum"])


def _live_text() -> str:
    size = protocol.LIVE_HEADER.size
    return (
        f"The server sends binary messages: a header of {size} bytes (little-endian, version {protocol.LIVE_VERSION}) "
        "and then one JPEG. Text frames with the two messages below go the other way; a second picture of a camera "
        "comes only after the first was acknowledged.\n\n"
        "| bytes | field | |\n|---|---|---|\n"
        "| 0 | version | u8 |\n| 1 | camera | u8, `CameraState.index` |\n| 2 | tier | u8, 0 is the best |\n"
        "| 3 | flags | u8, 0 |\n| 4-7 | frame index | u32 |\n"
        "| 8-15 | exposure_ns | u64, the server's monotonic clock |\n| 16-23 | sent_ns | u64, the same clock |"
    )


if __name__ == "__main__":
    main()
