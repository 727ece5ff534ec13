"""Takes secrets and names out of text that leaves the machine. When in doubt it takes out too much."""

from __future__ import annotations

import getpass
import re
import socket
from collections.abc import Callable
from pathlib import Path

GONE = "[removed]"
_SECRET = r"pass(?:word|wd|phrase|code)?|secret|token|api[_-]?key|access[_-]?key|authorization|cookie|csrf|credential"
_RULES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"-----BEGIN [A-Z0-9 ]*-----.*?(?:-----END [A-Z0-9 ]*-----|\Z)", re.S), GONE),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]+"), rf"\1 {GONE}"),
    (re.compile(r"(\w+://)[^\s/@:]+:[^\s/@]+@"), rf"\1{GONE}@"),
    # "password": "x", password = x, --token=x, PASSWORD: 'two words'; the value to the end of its quotes or word
    (
        re.compile(
            rf"""(?i)([\w.-]*(?:{_SECRET})[\w.-]*["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;}}]+)"""
        ),
        rf"\1{GONE}",
    ),
    (re.compile(rf"(?i)(--?(?:{_SECRET})[\w-]*\s+)(?!-)\S+"), rf"\1{GONE}"),
    (re.compile(r"\b(?:hf|ghp|gho|github_pat|glpat|sk|pk|xox[abp]|AKIA|ASIA|AIza)[_-]?[A-Za-z0-9_-]{12,}"), GONE),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"), GONE),
    (re.compile(r"\$argon2\w*\$\S+"), GONE),
    (re.compile(r"\b(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{32,}\b"), "[long word]"),
    (re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]+\b"), "[address]"),
)


class Redaction:
    """`clean` is for text of any kind: logs, TOML, JSON."""

    def __init__(self, home: Path | None = None, user: str = "", host: str = "") -> None:
        self._names = [
            (str(home or Path.home()), "~"),
            (host or socket.gethostname(), "[host]"),
            (user or getpass.getuser(), "[user]"),
        ]

    def clean(self, text: str) -> str:
        for pattern, instead in _RULES:
            text = pattern.sub(instead, text)
        for name, instead in self._names:
            if len(name) > 2 and name != "root":
                text = re.sub(rf"(?<![\w-]){re.escape(name)}(?![\w-])", instead, text)
        return text
