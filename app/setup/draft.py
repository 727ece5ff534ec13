"""A rig file written by the set-up: TOML that `load_rig_file` reads, and a person may edit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.core.errors import Invalid
from app.devices.rigfile import RigFile, load_rig_file


def rig_text(rig: RigFile) -> str:
    """TOML with what differs from the defaults, one table a device, in the order of docs/real-arm.md."""
    told = rig.model_dump(exclude_defaults=True)
    blocks = [_table("", {"name": rig.name})]
    for name in ("arm", "leader", "rates"):
        if name in told:
            blocks.append(
                _table(f"[{name}]", {"type": getattr(rig, name).type} | told[name] if name != "rates" else told[name])
            )
    blocks += [_table("[[cameras]]", camera) for camera in told["cameras"]]
    return "\n".join(blocks)


def save_rig(folder: Path, rig: RigFile) -> Path:
    """Write `rig` beside the others, read it back, and only then put it in its place."""
    folder.mkdir(parents=True, exist_ok=True)
    path, beside = folder / f"{rig.name}.toml", folder / f".{rig.name}.toml"
    beside.write_text(rig_text(rig), encoding="utf-8")
    try:
        if load_rig_file(beside) != rig:
            raise Invalid(
                "This rig cannot be written as TOML.", todo="Leave out options that are null or not a number."
            )
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    return path


def _table(head: str, values: dict[str, Any]) -> str:
    plain = {key: value for key, value in values.items() if key != "limits"}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    text = "\n".join(([head] if head else []) + lines) + "\n"
    for joint, limits in values.get("limits", {}).items():
        text += "\n" + _table(f"[arm.limits.{joint}]", limits)
    return text


def _value(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return repr(value)
        case dict():
            return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(_value(one) for one in value) + "]"
        case _:
            return _text(str(value))


def _key(key: str) -> str:
    bare = key.isascii() and key.replace("_", "").replace("-", "").isalnum()
    return key if bare else _text(key)


def _text(text: str) -> str:
    """A basic string: JSON's escapes are TOML's too, but that JSON leaves DEL as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
