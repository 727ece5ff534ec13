"""The dataset card: what a stranger should know, from the facts in the dataset, with a picture of the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.curation.knowledge import plan_of, verdicts_of
from app.datasets import Dataset, Episode
from app.datasets.tables import read_tasks
from app.guidance.plan import Plan

CARD, PICTURE = "README.md", "coverage.svg"
DEFAULT_LICENCE = "apache-2.0"
_SCALE = 8  # px a cm
_EDGE = 24


@dataclass(frozen=True)
class Card:
    """`picture` is "" for a dataset without a plan and without clusters."""

    text: str
    picture: str


def make_card(dataset: Dataset, licence: str) -> Card:
    """Only what the dataset itself says; people are counted, not named."""
    episodes = dataset.episodes()
    plan = plan_of(dataset)
    picture = coverage_picture(plan, episodes) if plan else ""
    parts = [
        _front_matter(licence),
        f"# {dataset.name}",
        "A LeRobot dataset (format v3.0), recorded with Understudy.",
        _figures(dataset, episodes),
        f"![Where on the table was recorded, and how often]({PICTURE})" if picture else "",
        _clusters(plan, episodes) if plan else "",
        _shares(episodes, verdicts_of(dataset)),
        _columns(dataset),
    ]
    return Card("\n\n".join(part for part in parts if part) + "\n", picture)


def _front_matter(licence: str) -> str:
    lines = [
        "---",
        f"license: {licence}",
        "task_categories:",
        "- robotics",
        "tags:",
        "- LeRobot",
        "configs:",
        "- config_name: default",
        "  data_files: data/*/*.parquet",
        "---",
    ]
    return "\n".join(lines)


def _figures(dataset: Dataset, episodes: Sequence[Episode]) -> str:
    head = dataset.head
    cameras = ", ".join(f"{camera.name} {camera.width} x {camera.height}" for camera in head.cameras)
    tasks = "; ".join(read_tasks(dataset.folder))
    simulated = {episode.facts.rig == "simulator" for episode in episodes if episode.facts.rig}
    rig = {True: "simulated", False: "real"}
    rows = [
        ("Task", tasks or "unknown"),
        ("Arm", f"{head.robot_type or 'unknown'}, {len(head.joints)} joints: {', '.join(head.joints)}"),
        ("Rig", " and ".join(rig[one] for one in sorted(simulated)) or "unknown"),
        ("Episodes", f"{len(episodes)}"),
        ("Frames", f"{head.total_frames} at {head.fps} per second, {head.total_frames / head.fps / 60:.1f} min"),
        ("Cameras", f"{cameras or 'none'}; {head.codec}"),
    ]
    return _table(("", ""), rows)


def _clusters(plan: Plan, episodes: Sequence[Episode]) -> str:
    counts = Counter(episode.facts.cluster for episode in episodes)
    planned = plan.positions_per_cluster * plan.takes_per_position
    rows = [
        (
            cluster.name,
            str(counts[cluster.name]),
            str(planned),
            "held out: never trained on" if cluster.name in plan.held_out else "",
        )
        for cluster in plan.clusters
    ]
    return "## Where it was recorded\n\n" + _table(("Cluster", "Episodes", "Planned, without recoveries", ""), rows)


def _shares(episodes: Sequence[Episode], verdicts: Mapping[int, str]) -> str:
    known = [episode for episode in episodes if episode.has_facts]
    if not known:
        return ""
    total = len(known)
    reviewed = Counter(verdicts.get(episode.index, "") for episode in known)
    rows = [
        ("Recoveries", _share(sum(episode.facts.kind == "recovery" for episode in known), total)),
        ("Successes", _share(sum(episode.facts.outcome == "success" for episode in known), total)),
        ("By a person", _share(sum(episode.facts.driver == "person" for episode in known), total)),
        ("By a scripted demonstrator", _share(sum(e.facts.driver == "demonstrator" for e in known), total)),
        ("By a policy", _share(sum(episode.facts.driver == "policy" for episode in known), total)),
        ("Accepted in review", _share(reviewed["accepted"], total)),
        ("Rejected in review, still there", _share(reviewed["rejected"], total)),
        ("People", str(len({episode.facts.operator for episode in known} - {"", "unknown"}) or "unknown")),
    ]
    return "## Shares\n\n" + _table(("", "Episodes"), rows)


def _columns(dataset: Dataset) -> str:
    if not dataset.head.studio_columns:
        return ""
    return (
        "## Columns beside LeRobot's\n\n"
        "Per frame: `capture.CAMERA.age_ms` (age of the picture at the row's instant), `capture.CAMERA.repeated` (the"
        " camera was late), `capture.monotonic_s`, `intervention`, `studio.recovery`. None of them begins with"
        " `observation` or `action`, so no policy takes them as inputs. Per episode: the `studio/...` columns of"
        " `meta/episodes`; the plan is in `meta/studio/plan.json`."
    )


def _share(count: int, total: int) -> str:
    return f"{count} of {total} ({count / total:.0%})" if total else "0"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def coverage_picture(plan: Plan, episodes: Sequence[Episode]) -> str:
    """The workspace to scale from above, the arm below: clusters with their counts, placements as marks. An SVG."""
    xs = [point[0] for point in plan.workspace]
    ys = [point[1] for point in plan.workspace]
    width, height = (max(ys) - min(ys)) * _SCALE + 2 * _EDGE, (max(xs) - min(xs)) * _SCALE + 2 * _EDGE

    def place(x_cm: float, y_cm: float) -> tuple[float, float]:
        """y grows to the arm's left, which is the picture's left."""
        return _EDGE + (max(ys) - y_cm) * _SCALE, _EDGE + (max(xs) - x_cm) * _SCALE

    outline = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in plan.workspace)
    counts = Counter(episode.facts.cluster for episode in episodes)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif">',
        '<defs><pattern id="held-out" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="8" height="8" fill="#eef2f6"/><rect width="2" height="8" fill="#8795a5"/></pattern></defs>',
        f'<rect width="{width:.0f}" height="{height:.0f}" fill="#ffffff"/>',
        f'<polygon points="{outline}" fill="#f5f7f9" stroke="#8795a5"/>',
    ]
    planned = max(1, plan.positions_per_cluster * plan.takes_per_position)
    for cluster in plan.clusters:
        x, y = place(cluster.x_cm + cluster.size_x_cm / 2, cluster.y_cm + cluster.size_y_cm / 2)
        wide, tall = cluster.size_y_cm * _SCALE, cluster.size_x_cm * _SCALE
        share = min(1.0, counts[cluster.name] / planned)
        fill = "url(#held-out)" if cluster.name in plan.held_out else "#1d7a43"
        opacity = 1 if cluster.name in plan.held_out else 0.1 + 0.5 * share
        parts += [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{tall:.1f}" fill="{fill}"'
            f' fill-opacity="{opacity:.2f}" stroke="#36424e"/>',
            f'<text x="{x + wide / 2:.1f}" y="{y + 16:.1f}" font-size="13" text-anchor="middle" fill="#0e1114"'
            f' stroke="#ffffff" stroke-width="3" paint-order="stroke">'
            f"{escape(cluster.name)}: {counts[cluster.name]}</text>",
        ]
    for episode in episodes:
        facts = episode.facts
        if facts.placed_x_cm == facts.placed_x_cm:
            x, y = place(facts.placed_x_cm, facts.placed_y_cm)
            shape = (
                f'<rect x="{x - 3:.1f}" y="{y - 3:.1f}" width="6" height="6"'
                if facts.kind == "recovery"
                else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"'
            )
            parts.append(f'{shape} fill="{"#c6142b" if facts.outcome == "failure" else "#0b57a4"}"/>')
    return "\n".join([*parts, "</svg>"]) + "\n"
