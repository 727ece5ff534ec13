"""pyarrow's column functions, which it makes when it is imported, so that no type checker knows their names."""

from __future__ import annotations

from typing import Any

import pyarrow.compute

pc: Any = pyarrow.compute
