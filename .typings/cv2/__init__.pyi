"""OpenCV, untyped on purpose: its own stubs say that a picture may hold any number, where ours are uint8 or float32."""

from typing import Any

def __getattr__(name: str) -> Any: ...
