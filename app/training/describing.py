"""Describes a run before it starts: what goes in, what it will cost, and the exact command."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from app.datasets import Dataset, DatasetStore
from app.devices import ArmModel
from app.guidance.plan import Plan
from app.guidance.store import PlanStore
from app.training.command import environment, train_options
from app.training.errors import RunInvalid
from app.training.folder import PRETRAINED, RunFolder, RunStore
from app.training.judgement import Judgement, judge
from app.training.models import (
    CameraUse,
    Device,
    EpisodeUse,
    Expected,
    JointUse,
    PolicySection,
    Run,
    RunSettings,
)
from app.training.selection import choose, content_hash
from app.training.view import stride_of

SIMULATOR = "simulator"
_UNITS = {"gripper": "percent"}


@dataclass(frozen=True)
class Describer:
    """Makes `Run`s; nothing is written."""

    store: DatasetStore
    runs: RunStore
    arm: ArmModel | None = None

    def describe(self, name: str, dataset: str, settings: RunSettings, *, by: str, at: datetime) -> Run:
        """Raises NothingToTrain, RunInvalid, DatasetNotFound."""
        opened = self.store.open(dataset)
        plan = PlanStore(self.store).current(dataset)
        episodes = choose(opened, plan, settings)
        used = [use for use in episodes if use.times]
        device = device_here() if settings.device is Device.auto else settings.device
        base, needs_network = self._base(settings)
        section = self._policy(opened, settings, used)
        run = Run(
            name=name,
            created_at=at.isoformat(timespec="seconds"),
            by=by,
            dataset=dataset,
            dataset_hash=content_hash(opened, used),
            plan_version=plan.version if plan else 0,
            held_out=plan.held_out if plan else (),
            clusters=_clusters(plan, used),
            settings=settings,
            episodes=episodes,
            policy=section,
            command=train_options(settings, base, device),
            environment=environment(offline=not needs_network, device=device),
            sim=any(opened.episode(use.index).facts.rig == SIMULATOR for use in used[:1]),
        )
        return run.model_copy(update={"expected": self._expected(run)})

    def _policy(self, dataset: Dataset, settings: RunSettings, used: list[EpisodeUse]) -> PolicySection:
        form = dataset.format
        known = {camera.name: camera for camera in form.cameras}
        chosen = settings.cameras or tuple(known)
        missing = [name for name in chosen if name not in known]
        if missing:
            raise RunInvalid(
                f"{dataset.name} has no camera {', '.join(missing)}; it has {', '.join(known) or 'none'}.",
                todo="Choose among the dataset's cameras.",
            )
        fps = settings.fps or form.fps
        stride_of(form.fps, fps)
        tasks = Counter(task for use in used for task in dataset.episode(use.index).tasks)
        return PolicySection(
            fps=fps,
            execute=settings.execute or int(settings.options.get("policy.n_action_steps") or 0),
            joints=tuple(JointUse(name=name, unit=self._unit(name)) for name in form.joints),
            cameras=tuple(
                CameraUse(
                    name=name,
                    width=settings.width or known[name].width,
                    height=settings.height or known[name].height,
                )
                for name in chosen
            ),
            task=tasks.most_common(1)[0][0] if tasks else "",
            robot_type=form.robot_type,
        )

    def _unit(self, joint: str) -> str:
        for one in self.arm.joints if self.arm else ():
            if one.name == joint:
                return one.unit
        return _UNITS.get(joint, "deg")

    def _base(self, settings: RunSettings) -> tuple[str, bool]:
        """What `--policy.path` is, and whether it may have to be fetched."""
        if settings.from_run and settings.base:
            raise RunInvalid("A run begins from a base or from an earlier run, not from both.", todo="Choose one.")
        if settings.from_run:
            folder = self.runs.open(settings.from_run)
            found = folder.checkpoints()
            if not found:
                raise RunInvalid(f"{settings.from_run} has no checkpoint yet.", todo="Choose a run that has one.")
            best = folder.notes().best or judgement_of(folder).best or max(found)
            return str((found.get(best) or found[max(found)]).resolve() / PRETRAINED), False
        weights = "policy.pretrained_backbone_weights"
        fetched = settings.policy == "act" and settings.options.get(weights, "") is not None
        return settings.base, fetched or (bool(settings.base) and not Path(settings.base).exists())

    def _expected(self, run: Run) -> Expected:
        """From the latest run alike on this machine: same policy, pictures, batch and precision."""
        for name in self.runs.names():
            folder = self.runs.open(name)
            try:
                other = folder.run()
            except RunInvalid:
                continue
            rows = folder.metrics()[1:]
            if not _alike(run, other) or not rows:
                continue
            per_step = sorted(row.get("update_s", 0.0) + row.get("data_s", 0.0) for row in rows)[len(rows) // 2]
            checkpoint = next(iter(folder.checkpoints().values()), None)
            size = sum(path.stat().st_size for path in checkpoint.rglob("*") if path.is_file()) if checkpoint else 0
            saved = -(-run.settings.steps // run.settings.save_every)
            return Expected(
                seconds_per_step=per_step,
                total_s=per_step * run.settings.steps,
                memory_bytes=max(int(row.get("memory_bytes") or 0) for row in rows) or None,
                disk_bytes=size * saved or None,
                measured=f"as measured in {name}",
            )
        return Expected(measured="not measured yet: the first steps of the run will tell")


def judgement_of(folder: RunFolder) -> Judgement:
    counts: Counter[str] = Counter(use.cluster for use in folder.run().used)
    return judge(folder.scores(), folder.metrics(), counts)


def device_here() -> Device:
    """The graphics card where this machine shows one; nothing heavy is imported to ask."""
    return Device.cuda if Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists() else Device.cpu


def _clusters(plan: Plan | None, used: list[EpisodeUse]) -> tuple[str, ...]:
    seen = {use.cluster for use in used if use.cluster}
    ordered = [cluster.name for cluster in plan.clusters] if plan else sorted(seen)
    return tuple(name for name in ordered if name in seen)


def _alike(one: Run, other: Run) -> bool:
    left, right = one.settings, other.settings
    same = ("policy", "batch", "precision", "workers", "processes")
    shapes = [(camera.width, camera.height) for camera in one.policy.cameras]
    return (
        all(getattr(left, name) == getattr(right, name) for name in same)
        and left.options.get("policy.dim_model") == right.options.get("policy.dim_model")
        and shapes == [(camera.width, camera.height) for camera in other.policy.cameras]
    )
