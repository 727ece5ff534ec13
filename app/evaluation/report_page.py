"""The report of an evaluation as one HTML file without scripts: what a reader needs to believe it, or not to."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import UTC, datetime

from app.evaluation.models import Evaluation, Judge, Part, Subject, Trial
from app.evaluation.report_drawings import delay_chart, interval_bar, twin_map
from app.evaluation.report_style import STYLE
from app.evaluation.results import Comparison, EntrantResult, Results, Score

_MOST_CLIPS = 12
_HASH = 12


def report_page(evaluation: Evaluation, found: Results, trials: Sequence[Trial]) -> str:
    """A whole page; every text in it is escaped. Prints to PDF."""
    best = max(found.entrants, key=lambda one: one.all.low or -1.0)
    parts = [
        _head(evaluation, found),
        _lead(best, found),
        _rates(found.entrants),
        _section("Against each other", _comparisons(found)),
        _section(f"Where: {best.title}", twin_map(best.clusters)),
        _section("Success over delay", delay_chart(found.delays)),
        _section("Failures", _failures(found)),
        _section("Counted as neither", _broken(found)),
        _section("Record next", _list([one.words for one in found.record_next])),
        _section("What this rests on", _protocol(evaluation, trials)),
    ]
    title = f"Evaluation {evaluation.name}"
    head = f"<meta charset=utf-8><meta name=viewport content='width=device-width'><title>{_e(title)}</title>"
    body = "\n".join(part for part in parts if part)
    return f"<!doctype html><html lang=en>{head}<style>{STYLE}</style><body>{body}</body></html>\n"


def _head(evaluation: Evaluation, found: Results) -> str:
    place = "SIM" if evaluation.sim else "REAL"
    told = "judged by the simulator" if evaluation.protocol.judge is Judge.simulator else "judged by an operator"
    left = "" if found.done >= found.planned else f" <strong>Not finished: {found.done} of {found.planned}.</strong>"
    return (
        f"<header><h1>{_e(evaluation.name)} <span class=tag>{place}</span></h1>"
        f"<p class=quiet>{_time(evaluation.created_at)}, {_e(evaluation.by)}; {found.done} trials at "
        f"{len(evaluation.places)} places, {told}.{left}</p></header>"
    )


def _lead(best: EntrantResult, found: Results) -> str:
    held = best.held_out
    words = f"{_e(best.title)} succeeds in {_rate(best.all)} trials"
    if held.trials:
        words += f", in {_rate(held)} where it was never taught"
    notes = _list(found.findings)
    return f"<p class=lead>{words}.</p>{notes}"


def _rates(entrants: Sequence[EntrantResult]) -> str:
    new = any(one.new.trials or one.new.broken for one in entrants)
    columns = ["training clusters", "held-out cluster", *(["outside clusters"] if new else []), "all"]
    rows = []
    for one in entrants:
        scores = [one.training, one.held_out, *([one.new] if new else []), one.all]
        rows.append(
            f"<tr><td><strong>{_e(one.title)}</strong>{_device(one)}</td><td>{_latency(one)}</td>"
            + "".join(f"<td>{_score(score)}</td>" for score in scores)
            + f"<td>{_seconds(one.duration_s)}</td>"
            + f"<td>{one.starved_steps:,}<br><span class=quiet>of {one.steps:,}</span></td></tr>"
        )
    head = "".join(f"<th>{word}</th>" for word in ("latency", *columns, "time to success", "starved steps"))
    return (
        f"<table><thead><tr><th>entrant</th>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"
        "<p class=quiet>Successes of judged trials; the bar and the second line are the 95 % Wilson interval.</p>"
    )


def _device(one: EntrantResult) -> str:
    if not one.emulated:
        return f"<br><span class=quiet>{_e(one.mode)}</span>"
    device = one.device or "another device"
    return f"<br><span class=quiet>{_e(one.mode)}</span> <span class=tag>EMULATED {_e(device)}</span>"


def _latency(one: EntrantResult) -> str:
    if one.delay_ms is not None:
        return f"{one.delay_ms:,.0f} ms<br><span class=quiet>injected</span>"
    if one.latency_p50_ms is None or one.latency_p95_ms is None:
        return "-"
    return f"{one.latency_p50_ms:.0f} ms<br><span class=quiet>p95 {one.latency_p95_ms:.0f} ms, here</span>"


def _score(score: Score) -> str:
    if score.low is None or score.high is None:
        return "<span class=quiet>not tried</span>"
    strict = ""
    if score.broken and score.strict_share is not None:
        strict = f"<br><span class=quiet>{100 * score.strict_share:.0f} % with {score.broken} broken as failures</span>"
    return (
        f"{score.successes} of {score.trials}{interval_bar(score)}"
        f"<span class=quiet>{100 * score.low:.0f} to {100 * score.high:.0f} %</span>{strict}"
    )


def _comparisons(found: Results) -> str:
    if not found.comparisons:
        return ""
    titles = {one.key: one.title for one in found.entrants}
    rows = "".join(_comparison(one, titles) for one in found.comparisons if one.difference is not None)
    head = "".join(
        f"<th>{word}</th>"
        for word in ("only first", "only second", "both", "neither", "difference", "keeps", "times as fast")
    )
    return (
        f"<table><thead><tr><th>first against second</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
        "<p class=quiet>Matched trials: the same places. The difference is in percentage points with Tango's paired "
        "95 % interval; speed is of the places where both succeed, with a bootstrap interval.</p>"
    )


def _comparison(one: Comparison, titles: dict[str, str]) -> str:
    difference = (
        f"{100 * (one.difference or 0):+.1f}<br><span class=quiet>{_points(one.low)} to {_points(one.high)}</span>"
    )
    fast = "-" if one.faster is None else f"{one.faster:.2f}"
    if one.faster_low is not None and one.faster_high is not None:
        fast += f"<br><span class=quiet>{one.faster_low:.2f} to {one.faster_high:.2f}, {one.timed} places</span>"
    kept = "-" if one.kept is None else f"{100 * one.kept:.0f} %"
    cells = [one.only_first, one.only_second, one.both, one.neither, difference, kept, fast]
    names = f"{_e(titles[one.first])} <span class=quiet>against</span> {_e(titles[one.second])}"
    return (
        f"<tr><td>{names}<br><span class=quiet>{one.contrast}</span></td>{''.join(f'<td>{c}</td>' for c in cells)}</tr>"
    )


def _failures(found: Results) -> str:
    titles = {one.key: one.title for one in found.entrants}
    recorded = any(clip.episode is not None for group in found.failures for clip in group.clips)
    rows = []
    for group in found.failures:
        where = ", ".join(
            f"{count} in {_e(name)}" if name else f"{count} outside" for name, count in group.clusters.items()
        )
        of = ", ".join(f"{count} of {_e(titles[key])}" for key, count in group.entrants.items())
        clips = [
            f"<a href='{_e(clip.url)}'>episode {clip.episode + 1}</a>"
            if clip.episode is not None
            else f"trial {clip.number}"
            for clip in group.clips[:_MOST_CLIPS]
        ]
        more = f" and {group.count - _MOST_CLIPS} more" if group.count > _MOST_CLIPS else ""
        rows.append(
            f"<tr><td>{_e(group.story)}</td><td>{group.count}</td><td class=words>{of}</td><td class=words>{where}</td>"
            + (f"<td class=words>{', '.join(clips)}{more}</td></tr>" if recorded else "</tr>")
        )
    if not rows:
        return "<p class=quiet>None among the judged trials.</p>"
    words = "".join(f"<th class=words>{word}</th>" for word in ("whose", "clusters", *(["clips"] if recorded else [])))
    head = f"<th>what became of it</th><th>trials</th>{words}"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _broken(found: Results) -> str:
    if not found.broken:
        return ""
    rows = "".join(
        f"<tr><td>trial {one.number}, {_e(one.entrant)}</td><td>{_e(one.cluster)}</td><td>{_e(one.ended)}</td>"
        f"<td class=words>{_e(one.problem)}</td></tr>"
        for one in found.broken
    )
    return f"<table><tbody>{rows}</tbody></table>"


def _protocol(evaluation: Evaluation, trials: Sequence[Trial]) -> str:
    protocol, machine = evaluation.protocol, evaluation.machine
    counts = {part: sum(place.part is part for place in evaluation.places) for part in Part}
    where = "places that nobody recorded" if protocol.places == "fresh" else "places of recorded episodes"
    rows = [
        ("Places", f"{counts[Part.training]} in training clusters, {counts[Part.held_out]} held out, "
         f"{counts[Part.new]} outside; {where}; the same for every entrant, shuffled by seed {protocol.seed}"),
        ("Success", f"{protocol.success_rule} Time limit {protocol.limit_s:g} s a trial."),
        ("Data", f"plan of {protocol.dataset}, version {evaluation.plan_version}; content "
         f"{evaluation.dataset_hash[:_HASH]}; "
         + (f"trials kept in dataset {evaluation.eval_dataset}" if protocol.record else "trials not recorded")),
        ("Machine", f"{machine.processor or machine.machine}, {machine.cores} cores, Python {machine.python}"),
        ("Versions", ", ".join(f"{name} {version}" for name, version in machine.versions.items()) or "unknown"),
        ("Run", f"{_time(trials[0].at)} to {_time(trials[-1].at)}" if trials else "no trial yet"),
    ]  # fmt: skip
    by_words: dict[str, list[str]] = {}
    for subject in evaluation.subjects:  # the same policy in several entrants is said once
        by_words.setdefault(_subject(subject), []).append(subject.key)
    rows += [(", ".join(keys), words) for words, keys in by_words.items()]
    return "<dl>" + "".join(f"<dt>{_e(name)}</dt><dd>{_e(words)}</dd>" for name, words in rows) + "</dl>"


def _subject(subject: Subject) -> str:
    run = f"run {subject.run}, step {subject.step:,}; " if subject.run else ""
    return (
        f"{run}{subject.family} {subject.precision}, {subject.fps:g} Hz, {subject.horizon} actions a chunk, cameras "
        f"{', '.join(subject.cameras)}; SHA-256 {subject.sha256[:_HASH]}; learnt from "
        f"{subject.dataset or 'an unknown dataset'} {subject.dataset_hash[:_HASH]}"
    )


def _section(title: str, body: str) -> str:
    return f"<section><h2>{_e(title)}</h2>{body}</section>" if body else ""


def _list(lines: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{_e(line)}</li>' for line in lines)}</ul>" if lines else ""


def _rate(score: Score) -> str:
    if score.share is None:
        return "no"
    return f"{score.successes} of {score.trials} ({100 * score.share:.0f} %)"


def _points(value: float | None) -> str:
    return "?" if value is None else f"{100 * value:+.1f}"


def _time(iso: str) -> str:
    """ "2026-11-27 08:42 UTC"; what is no time stays as it is."""
    try:
        return datetime.fromisoformat(iso).astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return _e(iso)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def _e(text: object) -> str:
    return html.escape(str(text), quote=True)
