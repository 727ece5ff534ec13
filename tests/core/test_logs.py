"""Logs for machines: one object a line, whatever is in the message."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from app.core.logs import Lines


@pytest.mark.parametrize("text", ["plain", "two\nlines", 'a "quote"', "\u2028 and \x00", "100 %"])
def test_a_message_is_one_line_that_reads_back(text: str) -> None:
    record = logging.LogRecord("app.web", logging.WARNING, "", 1, "said %s", (text,), None)
    line = Lines("web").format(record)
    assert "\n" not in line
    told = json.loads(line)
    assert told["text"] == f"said {text}"
    assert (told["level"], told["process"], told["logger"]) == ("warning", "web", "app.web")


def test_an_error_brings_its_traceback() -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        record = logging.LogRecord("app", logging.ERROR, "", 1, "failed", (), sys.exc_info())
    assert "ValueError: broken" in json.loads(Lines("rig").format(record))["error"]
