"""The columns' numbers are those of a naive count, row by row."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.datasets import DatasetStore, EpisodeFacts
from app.datasets.columns import fact_fields, fact_values
from app.guidance.plan import Cluster, Plan
from app.guidance.progress import Recorded
from app.guidance.progress import progress_of as naive_progress
from app.guidance.records import last_placements
from app.review.columns import columns_of
from app.review.counting import progress_of, recorded_clusters
from app.review.gathered import Filter, Gathered
from app.review.index import CoverageIndex
from app.review.layers import cells_of, values_of
from app.review.marks import marks_of, thinned
from app.review.models import Layer, VerdictCode
from app.review.moments import moment_of, moments_of
from app.review.rates import rates_of

PLAN = Plan(
    task="Put it there.",
    workspace=((0.0, 0.0), (20.0, 0.0), (20.0, 10.0), (0.0, 10.0)),
    clusters=(Cluster("a", 5, 5), Cluster("b", 15, 5)),
    held_out=("b",),
    positions_per_cluster=3,
)
NAN = float("nan")

places = st.sampled_from([NAN, 0.0, 2.5, 7.0, 13.0, 19.9])
times = st.integers(0, 40).map(lambda n: f"2026-11-{1 + n // 20:02d}T08:{n % 20:02d}:00.000+00:00")
facts = st.builds(
    EpisodeFacts,
    uuid=st.just("u"),
    cluster=st.sampled_from(["a", "b", "gone", ""]),
    position=st.integers(-1, 4),
    placed_x_cm=places,
    placed_y_cm=places,
    placed_yaw_deg=st.sampled_from([NAN, 0.0, 44.0, 91.0, 179.0, -30.0]),
    placed_source=st.just("seen"),
    kind=st.sampled_from(["nominal", "recovery"]),
    recovery_cause=st.sampled_from(["", "dropped", "missed"]),
    outcome=st.sampled_from(["success", "partial", "failure", ""]),
    operator=st.sampled_from(["Ada", "Bo", ""]),
    recorded_at=st.one_of(times, st.just("")),
)
episodes = st.lists(
    st.tuples(facts, st.integers(1, 50), st.sampled_from(list(VerdictCode)), st.booleans()), max_size=30
)
type Rows = list[tuple[EpisodeFacts, int, VerdictCode, bool]]


def table(rows: Rows) -> pa.Table:
    """As meta/episodes holds them; the share of recovery frames is a half where it is marked."""
    fields = [pa.field("episode_index", pa.int64()), pa.field("length", pa.int64())]
    fields += [pa.field("stats/studio.recovery/mean", pa.list_(pa.float64())), *fact_fields()]
    made = [
        {"episode_index": i, "length": length, "stats/studio.recovery/mean": [marked * 0.5], **fact_values(one)}
        for i, (one, length, _, marked) in enumerate(rows)
    ]
    return pa.Table.from_pylist(made, pa.schema(fields))


def gathered(rows: Rows, tmp: Path | None = None) -> Gathered:
    numbered = [(replace(one, uuid=f"u{i}"), *rest) for i, (one, *rest) in enumerate(rows)]
    columns = columns_of(table(numbered))  # type: ignore[arg-type]
    return Gathered(
        names=("d",),
        columns=columns,
        dataset=np.zeros(len(rows), np.int32),
        verdict=np.array([row[2] for row in rows], np.int8),
        fps=np.full(len(rows), 30.0),
        index=CoverageIndex(DatasetStore(tmp or Path("/nowhere"))),
    )


def recorded(rows: Rows) -> list[Recorded]:
    """Guidance's own view of the same episodes."""
    return [
        Recorded(one, verdict is not VerdictCode.rejected, length, int(np.rint(length * 0.5)) if marked else 0)
        for one, length, verdict, marked in rows
    ]


@settings(deadline=None, max_examples=150)
@given(episodes)
def test_progress_is_what_guidance_counts(rows: Rows):
    rows = [(one if one.cluster != "gone" else replace(one, cluster=""), *rest) for one, *rest in rows]  # type: ignore[misc]
    all = gathered(rows)
    ours = progress_of(PLAN, all, recorded_clusters(PLAN, all, np.array([True])))
    theirs = naive_progress(PLAN, recorded(rows))
    assert ours.clusters == theirs.clusters
    assert ours.share == theirs.share
    assert (ours.done, ours.planned, ours.remaining) == (theirs.done, theirs.planned, theirs.remaining)
    assert dict(ours.positions) == dict(theirs.positions)
    assert dict(ours.orientations) == dict(theirs.orientations)
    assert dict(ours.recoveries) == dict(theirs.recoveries)
    assert ours.kinds == dict(theirs.kinds)
    assert ours.pace_s == pytest.approx(theirs.pace_s) if theirs.pace_s else ours.pace_s is None


@settings(deadline=None, max_examples=150)
@given(
    episodes,
    st.lists(st.sampled_from(["Ada", "Bo", "unknown", "nobody"]), max_size=2),
    st.lists(st.sampled_from(["none", "accepted", "rejected"]), max_size=2),
    st.sampled_from(["", "2026-11-01", "2026-11-02"]),
    st.one_of(st.none(), st.just((0.0, 0.0, 10.0, 10.0)), st.just((20.0, 10.0, 5.0, 5.0))),
)
def test_a_filter_leaves_what_a_row_by_row_one_leaves(rows: Rows, operators, verdicts, day_from, area):
    chosen = Filter(operator=tuple(operators), verdict=tuple(verdicts), day_from=day_from, area_cm=area)

    def naive(row: tuple[Any, ...]) -> bool:
        one, _, verdict, _ = row
        x, y = one.placed_x_cm, one.placed_y_cm
        if math.isnan(x + y):
            x, y = one.target_x_cm, one.target_y_cm
        inside = area is None or (
            min(area[0], area[2]) <= x <= max(area[0], area[2]) and min(area[1], area[3]) <= y <= max(area[1], area[3])
        )
        return (
            (not operators or (one.operator or "unknown") in operators)
            and (not verdicts or verdict.name in verdicts)
            and (not day_from or one.recorded_at[:10] >= day_from)
            and inside
        )

    assert chosen.mask(gathered(rows)).tolist() == [naive(row) for row in rows]


@settings(deadline=None, max_examples=100)
@given(episodes, st.sampled_from([Layer.success, Layer.recovery, Layer.orientation, Layer.age, Layer.density]))
def test_a_layers_number_is_that_of_the_takes_in_the_square(rows: Rows, layer: Layer):
    now_s = moment_of("2026-11-10T00:00:00+00:00")
    cells = cells_of(gathered(rows), layer, now_s=now_s, symmetry_deg=180.0)
    squares: dict[tuple[int, int], list[EpisodeFacts]] = {}
    for one, *_ in rows:
        if not math.isnan(one.placed_x_cm + one.placed_y_cm):
            squares.setdefault((int(one.placed_x_cm // 2), int(one.placed_y_cm // 2)), []).append(one)
    assert sorted(zip(cells.i, cells.j, strict=True)) == sorted(squares)
    for i, j, count, value in zip(cells.i, cells.j, cells.count, cells.value, strict=True):
        takes = squares[i, j]
        assert count == len(takes)
        assert value == pytest.approx(naive_value(layer, takes, now_s), abs=0.01)


def naive_value(layer: Layer, takes: list[EpisodeFacts], now_s: float) -> float | None:
    match layer:
        case Layer.success:
            labelled = [one for one in takes if one.outcome]
            return 100 * sum(one.outcome == "success" for one in labelled) / len(labelled) if labelled else None
        case Layer.recovery:
            return 100 * sum(one.kind == "recovery" for one in takes) / len(takes)
        case Layer.orientation:
            seen = {int(one.placed_yaw_deg % 180 // 30) for one in takes if not math.isnan(one.placed_yaw_deg)}
            return 100 * len(seen) / 6 if seen else None
        case Layer.age:
            known = [moment_of(one.recorded_at) for one in takes if one.recorded_at]
            return (now_s - max(known)) / 86400 if known else None
        case _:
            return len(takes)


@settings(deadline=None, max_examples=80)
@given(episodes)
def test_rates_of_operators_are_counted_one_by_one(rows: Rows):
    all = gathered(rows)
    for rate in rates_of(all, all.columns.operator):
        mine = [row for row in rows if (row[0].operator or "unknown") == rate.name]
        assert rate.episodes == len(mine)
        assert rate.rejected == pytest.approx(sum(row[2] is VerdictCode.rejected for row in mine) / len(mine), abs=1e-4)
        labelled = [row for row in mine if row[0].outcome]
        failures = sum(row[0].outcome == "failure" for row in labelled)
        assert rate.failed == (pytest.approx(failures / len(labelled), abs=1e-4) if labelled else None)


@given(st.lists(st.one_of(st.text(max_size=30), times, st.sampled_from(["2026-02-31T00:00:00Z", "2026-11-01"]))))
def test_moments_of_a_column_are_those_of_each_text(texts: list[str]):
    found = moments_of(pa.array(texts, pa.string())).tolist()
    assert [None if value != value else value for value in found] == [
        None if math.isnan(one := moment_of(text)) else one for text in texts
    ]


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=1, max_size=300), st.integers(1, 50))
def test_thinning_keeps_a_mark_of_every_place_while_there_is_room(points, most):
    x, y = np.array(points).T
    chosen = thinned(x, y, most)
    assert chosen.sum() == min(most, len(points))
    squares = set(zip(np.floor(x).tolist(), np.floor(y).tolist(), strict=True))
    drawn = set(zip(np.floor(x[chosen]).tolist(), np.floor(y[chosen]).tolist(), strict=True))
    assert len(drawn) == min(len(squares), most)


def test_marks_of_a_large_selection_keep_the_newest_take_and_say_how_many_there_are():
    rng = np.random.default_rng(3)
    rows: Rows = []
    for number in range(2500):
        x, y = rng.random(2) * 20
        at = f"2026-11-01T{number // 360 % 24:02d}:{number // 6 % 60:02d}:{number % 6 * 10:02d}+00:00"
        rows.append((EpisodeFacts("u", placed_x_cm=x, placed_y_cm=y, recorded_at=at), 30, VerdictCode.none, False))
    marks = marks_of(gathered(rows))
    assert (len(marks.x_cm), marks.of, marks.unplaced) == (2000, 2500, 0)
    assert marks.newest is not None
    assert marks.index[marks.newest] == 2499


def test_the_map_and_the_record_page_mean_the_same_places():
    """What the record page calls the last placements and what the map shows are the same places."""
    one = EpisodeFacts("u", placed_x_cm=2.0, placed_y_cm=3.0, placed_yaw_deg=4.0, placed_source="seen")
    rows: Rows = [(one, 10, VerdictCode.none, False)]
    marks = marks_of(gathered(rows))
    [last] = last_placements(recorded(rows))
    assert (marks.x_cm, marks.y_cm) == ([last.x_cm], [last.y_cm])
    groups = np.zeros(1, np.int64)
    assert values_of(gathered(rows), Layer.density, groups, 1, now_s=0, symmetry_deg=180).tolist() == [1.0]
