"""Findings as words for a terminal and as values for programs."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import asdict

from app.doctor.models import Finding, Verdict

_MARKS = {Verdict.HAS: "+ has  ", Verdict.LACKS: "- lacks"}
_INDENT = " " * 10


def as_text(findings: Sequence[Finding]) -> str:
    """One paragraph a finding, at most 100 columns, and a closing line that counts the lacks."""
    lines: list[str] = []
    for finding in findings:
        lines += _wrapped(f"{_MARKS[finding.verdict]}   {finding.name}: {finding.detail}", _INDENT)
        if finding.cost:
            lines += _wrapped(f"{_INDENT}costs: {finding.cost}", _INDENT + "  ")
        if finding.todo:
            lines += _wrapped(f"{_INDENT}mend:  {finding.todo}", _INDENT + "  ")
    missing = sum(finding.verdict is Verdict.LACKS for finding in findings)
    lines += ["", f"{len(findings) - missing} of {len(findings)} things are here; {missing} are lacking."]
    return "\n".join(lines)


def as_data(findings: Sequence[Finding]) -> dict[str, object]:
    """The same as plain values, for JSON."""
    return {"findings": [asdict(finding) for finding in findings]}


def _wrapped(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, 100, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
