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
from app.training.command import RUN, environment, train_options
from app.training.errors import RunInvalid
from app.training.expecting import expected
from app.training.folder import BASE, RunFolder, RunStore
from app.training.judgement import Judgement, judge
from app.training.models import (
    CameraUse,
    Device,
    EpisodeUse,
    JointUse,
    PolicySection,
    Run,
    RunSettings,
)
from app.training.runners.places import LOCAL, Here, HubPlace, Place, RayPlace, place_of, text_of
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

    def describe(
        self,
        name: str,
        dataset: str,
        settings: RunSettings,
        *,
        by: str,
        at: datetime,
        on: str = LOCAL,
        cards: int | None = None,
    ) -> Run:
        """`on` is a place as `runners/places.py` writes it, `cards` its graphics cards where they are known.

        Raises NothingToTrain, RunInvalid, DatasetNotFound.
        """
        opened = self.store.open(dataset)
        plan = PlanStore(self.store).current(dataset)
        episodes = choose(opened, plan, settings)
        used = [use for use in episodes if use.times]
        place = place_of(on)
        device = device_at(place, cards) if settings.device is Device.auto else settings.device
        path, base = self._base(settings, place)
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
            command=train_options(settings, path, device),
            environment=environment(offline=not _fetches(settings, base), device=device, precision=settings.precision),
            base=base,
            runner=text_of(place),
            recorded_fps=opened.format.fps,
            sim=any(opened.episode(use.index).facts.rig == SIMULATOR for use in used[:1]),
        )
        return run.model_copy(update={"expected": expected(run, self.runs)})

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

    def _base(self, settings: RunSettings, place: Place) -> tuple[str, str]:
        """What `--policy.path` is, and what the run's own copy is made from where it lies on this machine."""
        if settings.from_run and settings.base:
            raise RunInvalid("A run begins from a base or from an earlier run, not from both.", todo="Choose one.")
        if settings.from_run:
            base = self._checkpoint_of(settings.from_run)
        elif settings.base.startswith(("/", "~")):
            folder = Path(settings.base).expanduser()
            if not (folder / "config.json").is_file():
                raise RunInvalid(f"{settings.base} holds no policy.", todo="Name a folder that has its config.json.")
            base = str(folder)
        else:
            return settings.base, ""
        if isinstance(place, HubPlace):
            raise RunInvalid(
                "Hugging Face Jobs cannot begin from a checkpoint of this machine.",
                todo="Publish it on the Hub, then give its name there as base.",
            )
        return f"{RUN}/{BASE}", base

    def _checkpoint_of(self, name: str) -> str:
        """The checkpoint of an earlier run to begin from: the one chosen for the best, as `RUN/STEP`."""
        folder = self.runs.open(name)
        found = folder.checkpoints()
        if not found:
            raise RunInvalid(f"{name} has no checkpoint yet.", todo="Choose a run that has one.")
        best = judgement_of(folder).best
        return f"{name}/{(found.get(best) or found[max(found)]).name}"


def judgement_of(folder: RunFolder, step: int = 0) -> Judgement:
    """Of the checkpoint that a person holds for the best, else of the one the scores choose; or of `step`."""
    counts: Counter[str] = Counter(use.cluster for use in folder.run().used)
    return judge(folder.scores(), folder.metrics(), counts, step or folder.notes().best)


def device_at(place: Place, cards: int | None = None) -> Device:
    """What `auto` means there: processors only where it is known that there is no graphics card."""
    match place:
        case Here():
            return device_here()
        case RayPlace():
            return Device.cuda if place.cards else Device.cpu
        case _:
            return Device.cpu if cards == 0 else Device.cuda


def _fetches(settings: RunSettings, base: str) -> bool:
    """Whether weights may have to be fetched: a base that is a name on the Hub, or ACT's pretrained backbone."""
    if base:
        return False
    weights = "policy.pretrained_backbone_weights"
    return bool(settings.base) or (settings.policy == "act" and settings.options.get(weights, "") is not None)


def device_here() -> Device:
    """The graphics card where this machine shows one; nothing heavy is imported to ask."""
    return Device.cuda if Path("/dev/nvidia0").exists() or Path("/proc/driver/nvidia/version").exists() else Device.cpu


def _clusters(plan: Plan | None, used: list[EpisodeUse]) -> tuple[str, ...]:
    seen = {use.cluster for use in used if use.cluster}
    ordered = [cluster.name for cluster in plan.clusters] if plan else sorted(seen)
    return tuple(name for name in ordered if name in seen)
