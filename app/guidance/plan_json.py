"""The plan as JSON (`meta/studio/plan.json`): strict models at the edge, the frozen plan inside."""

from __future__ import annotations

import dataclasses
import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from app.checks.thresholds import Thresholds
from app.devices.models import Start
from app.guidance.errors import PlanInvalid, Problem
from app.guidance.plan import Cluster, Goal, Orientation, PlacedObject, Plan, RecoveryCause, Tolerance

FORMAT = 1

type Number = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]  # of cm, degrees, shares and thresholds


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ClusterJson(_Model):
    name: str
    x_cm: Number
    y_cm: Number
    size_x_cm: Number = 10.0
    size_y_cm: Number = 10.0


class OrientationJson(_Model):
    name: str
    yaw_deg: Number
    spread_deg: Number = 45.0


class CauseJson(_Model):
    name: str
    start: Start
    words: str


class ObjectJson(_Model):
    name: str
    length_cm: Number
    width_cm: Number
    height_cm: Number
    symmetry_deg: Number


class GoalJson(_Model):
    name: str
    x_cm: Number
    y_cm: Number
    radius_cm: Number


class ToleranceJson(_Model):
    position_cm: Number
    yaw_deg: Number


class PlanJson(_Model):
    """One version of a plan as it is stored and as the browser sends it."""

    format: Literal[1] = FORMAT
    version: int = 1
    task: str
    workspace: tuple[tuple[Number, Number], ...]
    clusters: tuple[ClusterJson, ...]
    held_out: tuple[str, ...]
    positions_per_cluster: int = 10
    takes_per_position: int = 1
    orientations: tuple[OrientationJson, ...] = (
        OrientationJson(name="along", yaw_deg=0.0),
        OrientationJson(name="across", yaw_deg=90.0),
    )
    recovery_share: Number = 0.2
    causes: tuple[CauseJson, ...] = ()
    seed: int = 0
    margin_cm: Number = 1.5
    tolerance: ToleranceJson = ToleranceJson(position_cm=1.0, yaw_deg=10.0)
    object: ObjectJson
    goal: GoalJson
    thresholds: dict[str, Number] = {}

    def plan(self) -> Plan:
        """The frozen plan; raises `PlanInvalid` for a threshold that does not exist."""
        return Plan(
            task=self.task,
            workspace=tuple((float(x), float(y)) for x, y in self.workspace),
            clusters=tuple(Cluster(**c.model_dump()) for c in self.clusters),
            held_out=self.held_out,
            positions_per_cluster=self.positions_per_cluster,
            takes_per_position=self.takes_per_position,
            orientations=tuple(Orientation(**o.model_dump()) for o in self.orientations),
            recovery_share=self.recovery_share,
            causes=tuple(RecoveryCause(**c.model_dump()) for c in self.causes),
            seed=self.seed,
            margin_cm=self.margin_cm,
            tolerance=Tolerance(**self.tolerance.model_dump()),
            object=PlacedObject(**self.object.model_dump()),
            goal=Goal(**self.goal.model_dump()),
            thresholds=_thresholds(self.thresholds),
            version=self.version,
        )


_VERSIONS = TypeAdapter(tuple[PlanJson, ...])


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """Plain JSON values of a plan; thresholds only where they differ from the defaults."""
    values = dataclasses.asdict(plan)
    defaults = vars(Thresholds())
    values["thresholds"] = {k: v for k, v in vars(plan.thresholds).items() if v != defaults[k]}
    return {"format": FORMAT, **values}


def plan_from_dict(values: object) -> Plan:
    """Raises `PlanInvalid` naming every field that does not fit."""
    try:
        return PlanJson.model_validate(values).plan()
    except ValidationError as error:
        raise _invalid(error) from error


def versions_to_bytes(versions: tuple[Plan, ...]) -> bytes:
    """All versions of a dataset's plan, oldest first: the content of plan.json."""
    return (json.dumps([plan_to_dict(plan) for plan in versions], indent=1, ensure_ascii=False) + "\n").encode()


def versions_from_bytes(data: bytes) -> tuple[Plan, ...]:
    """Raises `PlanInvalid` when the file is not a list of plans with rising versions."""
    try:
        versions = tuple(item.plan() for item in _VERSIONS.validate_json(data))
    except ValidationError as error:
        raise _invalid(error) from error
    numbers = [plan.version for plan in versions]
    if numbers != sorted(set(numbers)):
        text = f"The plan's versions are {numbers}; each must be above the one before."
        raise PlanInvalid((Problem("version", text, "Restore plan.json from a copy, or keep only its last version."),))
    return versions


def _thresholds(values: dict[str, float]) -> Thresholds:
    known = vars(Thresholds())
    unknown = sorted(set(values) - set(known))
    if unknown:
        text = f"There is no threshold named {unknown[0]!r}."
        raise PlanInvalid((Problem(f"thresholds.{unknown[0]}", text, "See docs/checks.md for the names."),))
    return Thresholds(**{name: type(known[name])(value) for name, value in values.items()})


def _invalid(error: ValidationError) -> PlanInvalid:
    problems = tuple(
        Problem(
            ".".join(map(str, item["loc"])) or "plan",
            f"{'.'.join(map(str, item['loc'])) or 'The plan'}: {item['msg']}.",
            "Correct this value and send the plan again.",
        )
        for item in error.errors(include_url=False)
    )
    return PlanInvalid(problems)
