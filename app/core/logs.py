"""How our processes log: for people by default, one JSON object a line for machines."""

from __future__ import annotations

import json
import logging
import os
from datetime import UTC, datetime

STYLE = "UNDERSTUDY_LOG"  # in the environment, so that the processes the studio starts follow it
PEOPLE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


class Lines(logging.Formatter):
    """`at` (UTC), `level`, `process`, `logger`, `text`, and `error` with the traceback where there is one."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "text": record.getMessage(),
        }
        if record.exc_info:
            told["error"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)


def set_up_logs(process: str) -> None:
    """Log to standard error as the environment says; `process` is web, rig or cameras."""
    handler = logging.StreamHandler()
    handler.setFormatter(Lines(process) if os.environ.get(STYLE) == "json" else logging.Formatter(PEOPLE))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
