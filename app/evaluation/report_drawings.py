"""The report's pictures as SVG without scripts: data density beside success on the table, and success over delay."""

from __future__ import annotations

import html
from collections.abc import Sequence

from app.evaluation.models import Part
from app.evaluation.results import ClusterScore, DelayPoint, Score

_SCALE = 6.0  # px a cm
_PAD = 14.0
_WIDE, _HIGH, _LEFT, _FOOT = 720, 190, 56, 24
_INKS = ("#1f6fb2", "#c2571a", "#3f7d3f", "#7a4fa3")


def twin_map(clusters: Sequence[ClusterScore]) -> str:
    """Two maps of the same clusters, the arm at the bottom: demonstrations on the left, success on the right."""
    if not clusters:
        return ""
    most = max([one.density for one in clusters] + [1e-9])
    density = [(one, one.density / most, f"{one.recorded}", f"{one.density:g} / 100 cm²") for one in clusters]
    success = [(one, one.score.share, _counts(one.score), _share(one.score)) for one in clusters]
    return (
        f"<div class=maps><figure>{_map(density, '#1f6fb2')}<figcaption>Demonstrations: number, and how many on "
        f"100 cm²</figcaption></figure><figure>{_map(success, '#3f7d3f')}<figcaption>Success: of judged trials; "
        "dashed: held out</figcaption></figure></div>"
    )


def delay_chart(points: Sequence[DelayPoint]) -> str:
    """Success with its interval over the injected delay, a line for each policy and strategy, which its key names."""
    if not points:
        return ""
    most = max([point.delay_ms for point in points] + [1.0]) * 1.08
    drawn, key = [], []
    for number, line in enumerate(dict.fromkeys(point.line for point in points)):
        ink = _INKS[number % len(_INKS)]
        drawn += _curve([point for point in points if point.line == line], most, ink)
        key.append(f'<span><i style="background:{ink}"></i>{_e(line)}</span>')
    floor = _at(0, 0.0)[1]
    ticks = "".join(
        f'<text x="{_at(delay / most, 0)[0]:.1f}" y={_HIGH - 4} text-anchor=middle>{delay / 1000:.2g} s</text>'
        for delay in sorted({point.delay_ms for point in points})
    )
    axes = (
        f'<path d="M{_LEFT} 8V{floor}H{_WIDE}" fill="none" stroke="#888"/>'
        f"<text x={_LEFT - 6} y=14 text-anchor=end>100 %</text><text x={_LEFT - 6} y={floor} text-anchor=end>0</text>"
    )
    label = "success over the injected delay"
    svg = f'<svg viewBox="0 0 {_WIDE} {_HIGH}" role=img aria-label="{label}">{axes}{ticks}{"".join(drawn)}</svg>'
    return f"{svg}<p class='quiet key'>{''.join(key)}</p>"


def _curve(points: Sequence[DelayPoint], most: float, ink: str) -> list[str]:
    """The line through the shares, and at each its interval."""
    mine = [point for point in points if point.score.share is not None]
    places = [_at(point.delay_ms / most, point.score.share or 0.0) for point in mine]
    drawn = [f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="{ink}"/>']
    for point, (x, y) in zip(mine, places, strict=True):
        low, high = _at(0, point.score.low or 0.0)[1], _at(0, point.score.high or 0.0)[1]
        drawn.append(f'<path d="M{x:.1f} {low:.1f}V{high:.1f}" stroke="{ink}"/>')
        drawn.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{ink}"/>')
    return drawn


def interval_bar(score: Score) -> str:
    """A rate with its interval on a line from 0 to 100 %."""
    if score.share is None or score.low is None or score.high is None:
        return ""
    low, high, at = 100 * score.low, 100 * score.high, 100 * score.share
    return (
        '<svg class=bar viewBox="0 0 100 10" preserveAspectRatio="none" role=img aria-label="interval">'
        '<path d="M0 5H100" stroke="#8886" stroke-width=1 />'
        f'<path d="M{low:.1f} 5H{high:.1f}" stroke="#1f6fb2" stroke-width=4 />'
        f'<path d="M{at:.1f} 1V9" stroke="currentColor" stroke-width=1.5 /></svg>'
    )


def _map(cells: Sequence[tuple[ClusterScore, float | None, str, str]], ink: str) -> str:
    """x is ahead of the arm, which is up; y to its left, which is left."""
    ones = [one for one, *_ in cells]
    left = max(one.y_cm + one.size_y_cm / 2 for one in ones)
    right = min(one.y_cm - one.size_y_cm / 2 for one in ones)
    far = max(one.x_cm + one.size_x_cm / 2 for one in ones)
    near = min([one.x_cm - one.size_x_cm / 2 for one in ones] + [0.0])
    width, height = _SCALE * (left - right) + 2 * _PAD, _SCALE * (far - near) + 2 * _PAD
    drawn = []
    for one, share, first, second in cells:
        x = _PAD + _SCALE * (left - one.y_cm - one.size_y_cm / 2)
        y = _PAD + _SCALE * (far - one.x_cm - one.size_x_cm / 2)
        w, h = _SCALE * one.size_y_cm, _SCALE * one.size_x_cm
        fill = f'fill="{ink}" fill-opacity="{0.05 + 0.5 * share:.2f}"' if share is not None else 'fill="none"'
        dash = ' stroke-dasharray="5 3" stroke-width="2"' if one.part is Part.held_out else ""
        drawn.append(
            f'<g><rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" {fill} stroke="#777"{dash}/>'
            f'<text x="{x + w / 2:.1f}" y="{y + h / 2 - 10:.1f}" class=name>{_e(one.name)}</text>'
            f'<text x="{x + w / 2:.1f}" y="{y + h / 2 + 5:.1f}" class=main>{_e(first)}</text>'
            f'<text x="{x + w / 2:.1f}" y="{y + h / 2 + 18:.1f}" class=name>{_e(second)}</text></g>'
        )
    foot = _PAD + _SCALE * (far - 0.0)
    middle = _PAD + _SCALE * left
    arm = f'<path d="M{middle - 9:.1f} {foot:.1f}h18l-9 -14z" fill="#777"/>'
    return f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role=img aria-label="map">{arm}{"".join(drawn)}</svg>'


def _at(share_across: float, share_up: float) -> tuple[float, float]:
    return _LEFT + (_WIDE - _LEFT - 8) * share_across, 8 + (_HIGH - _FOOT - 8) * (1 - share_up)


def _counts(score: Score) -> str:
    return f"{score.successes} of {score.trials}" if score.trials else "not tried"


def _share(score: Score) -> str:
    if score.low is None or score.high is None:
        return ""
    return f"{100 * score.low:.0f}-{100 * score.high:.0f} %"


def _e(text: object) -> str:
    return html.escape(str(text))
