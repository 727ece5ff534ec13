"""The model card of a run: what it learnt from, how it scores, and what that does not say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from app.guidance.plan import in_order
from app.policies.wilson import Rate
from app.training.describing import judgement_of
from app.training.folder import RunFolder
from app.training.models import Run
from app.training.runners.showing import shown_at
from app.training.words import view_words


def write_card(folder: RunFolder) -> str:
    """Make card.md anew; returns its text."""
    text = card(folder)
    folder.keep_card(text)
    return text


def card(folder: RunFolder, *, step: int = 0, in_public: bool = False) -> str:
    """Markdown, of the best checkpoint or of `step`. In public it names neither people nor folders of this machine."""
    run, told = folder.run(), judgement_of(folder, step)
    best = next((row for row in folder.scores() if row["step"] == told.best), None)
    parts = [_head(run, in_public), _data(run), _scores(run, told.best, told.why, best), _limits(run, told.findings)]
    notes = folder.notes().notes.strip()
    if notes and not in_public:
        parts.append(f"## Notes\n\n{notes}\n")
    place = Path("RUN") if in_public else folder.path
    parts.append(f"## Repeat it\n\n```sh\n{shown_at(run, place)}\n```\n")
    return "\n".join(parts)


def _head(run: Run, in_public: bool) -> str:
    by = "" if in_public else f" by {run.by}"
    cameras = ", ".join(f"{one.name} {one.width}x{one.height}" for one in run.policy.cameras)
    return (
        f"---\nlibrary_name: lerobot\npipeline_tag: robotics\n"
        f"tags: [lerobot, {run.settings.policy}, understudy]\n---\n\n# {run.name}\n\n"
        f"{run.settings.policy.upper()} for {run.policy.robot_type or 'an arm'} at {run.policy.fps:g} Hz; "
        f"cameras {cameras}; task “{run.policy.task}”. Trained with Understudy{by} on {run.created_at}.\n"
    )


def _data(run: Run) -> str:
    kinds = Counter(use.kind for use in run.used)
    reasons = Counter(use.why for use in run.left_out)
    per_cluster = Counter(use.cluster or "without cluster" for use in run.used)
    rows = "\n".join(f"| {name} | {per_cluster[name]} |" for name in in_order(per_cluster))
    why = "".join(f"\n- {count} left out: {reason}" for reason, count in reasons.items())
    held = ", ".join(run.held_out) or "none"
    return (
        f"## Data\n\nDataset {run.dataset}, content {run.dataset_hash[:12]}, plan version {run.plan_version}; held-out "
        f"cluster: {held}. {len(run.used)} episodes ({kinds.get('recovery', 0)} recoveries, each counted "
        f"{run.settings.recovery_times} times).{why}\n\n{' '.join(view_words(run))}\n\n"
        f"| cluster | episodes |\n|---|---|\n{rows}\n"
    )


def _scores(run: Run, best: int, why: str, row: dict[str, Any] | None) -> str:
    if row is None:
        return f"## Scores\n\n{why}\n"
    place = "in simulation" if run.sim else "on recorded frames"
    lines = [f"## Scores\n\nCheckpoint of step {best:,}, scored {place}. {why}\n"]
    lines.append("| clusters | successes | trials | 95 % interval |\n|---|---|---|---|")
    for part, title in (("training", "training"), ("held_out", "held-out"), ("all", "all")):
        lines.append(_rate_line(title, row.get(part) or {}))
    for one in row.get("clusters", ()):
        lines.append(_rate_line(f"{one['name']}{' (held out)' if one['held_out'] else ''}", one))
    for part, found in (row.get("error") or {}).items():
        if found:
            lines.append(
                f"\nAction error on {found['frames']} {part.replace('_', '-')} frames: "
                f"{found['body_deg']:.2f} deg a body joint."
            )
    return "\n".join(lines) + "\n"


def _rate_line(title: str, found: dict[str, Any]) -> str:
    rate = Rate(int(found.get("successes", 0)), int(found.get("trials", 0)))
    interval = f"{100 * (rate.low or 0):.0f}-{100 * (rate.high or 0):.0f} %" if rate.trials else "-"
    return f"| {title} | {rate.successes} | {rate.trials} | {interval} |"


def _limits(run: Run, findings: tuple[str, ...]) -> str:
    lines = [f"- {finding}" for finding in findings]
    if run.sim:
        lines.append("- Recorded and scored in simulation: says nothing yet about a real arm.")
    lines.append("- Known places only: outside the clusters above nothing was tried.")
    return "## Limits\n\n" + "\n".join(lines) + "\n"
