"""The report as one HTML file without scripts or addresses: it opens anywhere, also beside the artifact on a device."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

_STYLE = """
:root { color-scheme: dark light; --line: #8886; --dot: #3a8fd9; --pick: #e08a2e; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin-top: 2.2rem }
.lead { font-size: 1.15rem } .quiet { opacity: .7 }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
td, th { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: right; vertical-align: top }
td:first-child, th:first-child { text-align: left }
tr.pick { font-weight: 600; background: #e08a2e22 }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem } dt { opacity: .7 }
"""
_NAMES = {"act": "ACT", "smolvla": "SmolVLA"}
_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 900, 320, 60, 36


def report_page(report: Mapping[str, Any]) -> str:
    """A whole page; every text in it is escaped."""
    chosen = report["chosen"]
    parts = [
        f"<h1>Export, {_e(_NAMES.get(report['family'], report['family']))}</h1>",
        f"<p class=quiet>{_e(report['machine']['processor'])}, {report['machine']['cores']} cores; "
        f"{report['moments']} moments, {chosen['chunks']} timed chunks a mix after warm-up.</p>",
        _lead(report),
        "<h2>Time against error</h2>",
        _pareto(report),
        "<h2>Every mix measured</h2>",
        _mixes(report),
        "<h2>Error by joint of the chosen mix</h2>",
        _joints(report),
        "<h2>Along the chunk</h2>",
        _curve(chosen["along_chunk"], "action of the chunk", "mean error of all joints, deg"),
    ]
    if chosen["along_steps"]:
        parts += [
            "<h2>Along the denoise steps</h2>",
            _curve(chosen["along_steps"], "denoise step", "mean error, normalised"),
        ]
    if report.get("tricks"):
        parts += ["<h2>Tricks, each on its own</h2>", _tricks(report["tricks"])]
    if report.get("success"):
        parts += ["<h2>In closed loop, in the simulator</h2>", _success(report["success"])]
    if report.get("refused"):
        parts += ["<h2>Refused, and why</h2>", _refused(report["refused"])]
    parts += ["<h2>Before it was converted</h2>", _preflight(report["preflight"])]
    body = "\n".join(parts)
    head = f"<meta charset=utf-8><title>Export report</title><style>{_STYLE}</style>"
    return f"<!doctype html><html lang=en>{head}{body}</html>\n"


def _lead(report: Mapping[str, Any]) -> str:
    chosen = report["chosen"]
    p50, p95, p99 = chosen["latency_ms"]["chunk"]
    return (
        f"<p class=lead>{_mix(chosen['name'])}: {chosen['speedup']:.1f} times as fast as float32 at "
        f"{100 * chosen['size_share']:.0f} % of its size.</p>"
        f"<p>{_mix(chosen['why'])}</p>"
        f"<dl><dt>Chunk</dt><dd>p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms</dd>"
        f"<dt>Size</dt><dd>{chosen['size'] / 1e6:.1f} MB</dd>"
        f"<dt>Float32 against LeRobot</dt><dd>{report['parity']:.1e} relative</dd>"
        f"<dt>PyTorch, eager</dt><dd>{report['torch_ms']:.0f} ms</dd>"
        f"<dt>Gripper</dt><dd>{_gripper(chosen['gripper_ms'])}</dd></dl>"
    )


def _gripper(late: float | None) -> str:
    return "does not move in these moments: its timing is not known" if late is None else f"{late:.0f} ms apart"


def _mixes(report: Mapping[str, Any]) -> str:
    rows = []
    for mix in sorted(report["mixes"], key=lambda one: one["latency_ms"]["chunk"][0]):
        pick = " class=pick" if mix["name"] == report["chosen"]["name"] else ""
        p50, p95, p99 = mix["latency_ms"]["chunk"]
        rows.append(
            f"<tr{pick}><td>{_mix(mix['name'])}</td><td>{p50:.1f}</td><td>{p95:.1f}</td><td>{p99:.1f}</td>"
            f"<td>{mix['size'] / 1e6:.1f}</td><td>{_memory(mix['memory_mb'])}</td><td>{mix['relative']:.3f}</td>"
            f"<td>{mix['worst_p95']:.2f} {_e(report['units'][mix['worst_joint']])}, "
            f"{_joint(mix['worst_joint'])}</td></tr>"
        )
    head = "".join(
        f"<th>{word}</th>"
        for word in ("mix", "p50 ms", "p95", "p99", "MB", "RAM growth, MB", "relative L2", "worst joint, p95 of error")
    )
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _memory(megabytes: float | None) -> str:
    return "unknown" if megabytes is None else f"{megabytes:.0f}"


def _joints(report: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{_joint(name)}</td><td>{v['mean']:.3f}</td><td>{v['p95']:.3f}</td><td>{v['max']:.3f}</td>"
        f"<td>{_e(report['units'][name])}</td></tr>"
        for name, v in report["chosen"]["joints"].items()
    )
    return f"<table><tr><th>joint</th><th>mean</th><th>p95</th><th>max</th><th>unit</th></tr>{rows}</table>"


def _tricks(tricks: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for one in tricks:
        pick = " class=pick" if one["taken"] else ""
        if one["refused"]:
            rows.append(f"<tr{pick}><td>{_e(one['words'])}</td><td colspan=2>{_e(one['refused'])}</td></tr>")
        else:
            found = f"<td>{one['typical_ms']:.1f}</td><td>{one['worst_p95']:.2f}</td>"
            rows.append(f"<tr{pick}><td>{_e(one['words'])}</td>{found}</tr>")
    head = "<tr><th>trick</th><th>ms a chunk</th><th>worst joint, p95 of error</th></tr>"
    return f"<table>{head}{''.join(rows)}</table>"


def _success(success: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{_e(row['role'])}: {_mix(row['mix'])}</td><td>{row['successes']} of {row['trials']}</td>"
        f"<td>{_share(row['low'])} to {_share(row['high'])}</td></tr>"
        for row in success["rows"]
    )
    return f"<table><tr><th>mix</th><th>successes</th><th>95 % interval</th></tr>{rows}</table>"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{100 * value:.0f} %"


def _refused(rows: Sequence[Mapping[str, str]]) -> str:
    found = "".join(
        f"<dt>{_e(row['stage'])} {_mix(row['precision'])}, {_e(row['lane'])}</dt><dd>{_e(row['why'])}</dd>"
        for row in rows
    )
    return f"<dl>{found}</dl>"


def _preflight(steps: Sequence[Mapping[str, str]]) -> str:
    return (
        "<dl>"
        + "".join(f"<dt>{_e(s['title'])} ({_e(s['state'])})</dt><dd>{_mix(s['words'])}</dd>" for s in steps)
        + "</dl>"
    )


def _pareto(report: Mapping[str, Any]) -> str:
    """Milliseconds to the right, error upward; the front is joined by a line, the chosen mix is larger."""
    points = {m["name"]: (m["latency_ms"]["chunk"][0], m["worst_p95"]) for m in report["mixes"]}
    across, up = (
        max(x for x, _ in points.values()) * 1.05,
        max(max(y for _, y in points.values()), report["within"]) * 1.1,
    )

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + (_WIDTH - _LEFT - 10) * x / across, (_HEIGHT - _BOTTOM) * (1 - y / up) + 5

    level = place(0, report["within"])[1]
    drawn = [
        f'<line x1={_LEFT} x2={_WIDTH} y1="{level:.1f}" y2="{level:.1f}" stroke="var(--pick)" stroke-dasharray="5 4"/>',
        f'<text x={_WIDTH - 10} y="{level - 5:.1f}" text-anchor=end>tolerance {report["within"]:g} deg</text>',
    ]
    front = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*points[name]) for name in report["pareto"]))
    drawn.append(f'<polyline points="{front}" fill=none stroke="var(--dot)"/>')
    for name, point in points.items():
        x, y = place(*point)
        pick = name == report["chosen"]["name"]
        drawn.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{8 if pick else 4}" fill="var(--{"pick" if pick else "dot"})">'
            f"<title>{_mix(name)}: {point[0]:.1f} ms, {point[1]:.2f}</title></circle>"
        )
        if pick:
            drawn.append(f'<text x="{x + 13:.1f}" y="{y - 9:.1f}" font-weight=600>chosen</text>')
    return _chart(drawn, across, up, "ms a chunk", "worst joint's error, p95 (deg; of the gripper %)")


def _curve(values: Sequence[float], below: str, beside: str) -> str:
    top = max([*values, 1e-9]) * 1.1
    count = max(len(values) - 1, 1)
    points = " ".join(
        f"{_LEFT + (_WIDTH - _LEFT - 10) * i / count:.1f},{(_HEIGHT - _BOTTOM) * (1 - v / top) + 5:.1f}"
        for i, v in enumerate(values)
    )
    return _chart(
        [f'<polyline points="{points}" fill=none stroke="var(--dot)" stroke-width=2 />'], count, top, below, beside
    )


def _chart(drawn: Sequence[str], across: float, up: float, below: str, beside: str) -> str:
    floor = _HEIGHT - _BOTTOM + 5
    axes = (
        f'<path d="M{_LEFT} 5V{floor}H{_WIDTH}" fill=none stroke="var(--line)"/>'
        f"<text x={_LEFT - 6} y=16 text-anchor=end>{up:.2g}</text>"
        f"<text x={_LEFT - 6} y={floor} text-anchor=end>0</text>"
        f"<text x={_WIDTH} y={_HEIGHT - 12} text-anchor=end>{across:.3g} {_e(below)}</text>"
        f"<text x={_LEFT} y={_HEIGHT - 12}>{_e(beside)}</text>"
    )
    return f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role=img aria-label="{_e(beside)}">{axes}{"".join(drawn)}</svg>'


def _joint(name: str) -> str:
    return _e(name.replace("_", " "))


def _mix(text: str) -> str:
    """Precisions as the page says them: "decoder products=int8_dynamic" is "decoder products int8 dynamic"."""
    said = re.sub(r"\b(convolutions|products|head|tables|rest)=", r"\1 ", text)
    return _e(re.sub(r"\bint8_(?=dynamic|static|all)", "int8 ", said))


def _e(text: object) -> str:
    return html.escape(str(text))
