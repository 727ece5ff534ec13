"""Who may do what: the one table from a command or a route to the least role that may use it.

Whoever adds a command or a route adds a line here; `tests/web/access/test_rights.py` fails until they do. What is in
no table only an admin may do, so that a forgotten line closes a door and never opens one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.accounts.errors import NotAllowed
from app.core.identity import Role

_RANK = {role: rank for rank, role in enumerate(Role)}


class Right(Enum):
    """What a line of the tables asks for: the least role, and the words after "A viewer cannot ..."."""

    look = (Role.viewer, "see this studio")
    own = (Role.viewer, "manage your own account")
    stop = (Role.viewer, "stop the arm")
    drive = (Role.operator, "move the arm")
    record = (Role.operator, "record")
    guide = (Role.operator, "change what is asked for next")
    calibrate = (Role.operator, "calibrate the table")
    order = (Role.lead, "set the order of clusters")
    judge = (Role.lead, "decide which episodes count")
    plan = (Role.lead, "change the plan")
    curate = (Role.lead, "change datasets")
    train = (Role.lead, "start or change trainings")
    export = (Role.lead, "export policies")
    evaluate = (Role.lead, "evaluate policies")
    audit = (Role.lead, "read the audit log")
    setup = (Role.admin, "set this station up")
    accounts = (Role.admin, "manage accounts")

    @property
    def least(self) -> Role:
        return self.value[0]

    def given_to(self, role: Role) -> bool:
        return _RANK[role] >= _RANK[self.least]

    def refusal(self, role: Role) -> str:
        """Why somebody of that role may not, as a sentence and whom to ask."""
        return f"{_a(role).capitalize()} cannot {self.value[1]}; ask {self.whom}."

    @property
    def whom(self) -> str:
        """Who can do it, or give the role to somebody: at least a lead."""
        return _a(max(Role.lead, self.least, key=_RANK.__getitem__))


def require(right: Right, role: Role) -> None:
    """Raises `NotAllowed`, with a sentence a person can act on, where `role` does not hold `right`."""
    if not right.given_to(role):
        raise NotAllowed(right.refusal(role), right=right.name, role=role.value)


def denied(role: Role) -> dict[str, str]:
    """`{right: why not}` of all that somebody of that role may not do: a page's dead buttons say it."""
    return {right.name: right.refusal(role) for right in Right if not right.given_to(role)}


@dataclass(frozen=True)
class Words:
    """What somebody may do, and whom to ask for the rest, for a page."""

    given: list[str]
    asked: dict[str, list[str]]


def words(role: Role) -> Words:
    asked: dict[str, list[str]] = {}
    for right in Right:
        if not right.given_to(role):
            asked.setdefault(right.whom, []).append(right.value[1])
    return Words([right.value[1] for right in Right if right.given_to(role)], asked)


def command_right(type_: str) -> Right:
    return COMMANDS.get(type_, Right.accounts)


def _a(role: Role) -> str:
    return f"{'an' if role.value[0] in 'aeiou' else 'a'} {role.value}"


COMMANDS: dict[str, Right] = {
    "ping": Right.look,
    "scene.watch": Right.look,
    "stop": Right.stop,
    "stop.reset": Right.drive,
    "lease.acquire": Right.drive,
    "lease.answer": Right.drive,
    "lease.release": Right.drive,
    "beat": Right.drive,
    "jog": Right.drive,
    "jog.joints": Right.drive,
    "target": Right.drive,
    "home": Right.drive,
    "lead": Right.drive,
    "demonstrate": Right.drive,
    "place": Right.drive,
    "place.for_me": Right.drive,
    "disturb": Right.drive,
    "record.start": Right.record,
    "record.cancel": Right.record,
    "record.pause": Right.record,
    "record.resume": Right.record,
    "record.stop": Right.record,
    "record.save": Right.record,
    "record.discard": Right.record,
    "record.undo": Right.record,
    "record.recovery": Right.record,
    "record.setup": Right.record,
    "hands_free": Right.record,
    "home_after_stop": Right.record,
    "checklist.answer": Right.record,
    "checks.snooze": Right.record,
    "checks.override": Right.judge,
    "reference.capture": Right.record,
    "plan.default": Right.guide,
    "target.skip": Right.guide,
    "target.back": Right.guide,
    "target.pin": Right.guide,
    "target.word": Right.guide,
    "target.prioritise": Right.order,
    "policy.open": Right.drive,
    "policy.close": Right.drive,
    "policy.measure": Right.drive,
    "policy.choose": Right.drive,
    "policy.start": Right.drive,
    "policy.pause": Right.drive,
    "policy.resume": Right.drive,
    "policy.take_over": Right.drive,
    "policy.push": Right.drive,
    "policy.hand_back": Right.drive,
    "policy.mark": Right.drive,
    "policy.finish": Right.drive,
    "policy.stop": Right.drive,
}

# What answers without a session: the emergency stop, whether the studio lives, and what signing in needs.
OPEN = frozenset(
    {
        "POST /api/stop",
        "GET /health/live",
        "GET /health/ready",
        "GET /login",
        "POST /api/login",
        "POST /api/pair",
        "MOUNT /static",
    }
)

ROUTES: dict[str, Right] = {
    # ---- sockets
    "WS /ws/studio": Right.look,
    "WS /ws/live": Right.look,
    # ---- pages
    "GET /": Right.look,
    "GET /record": Right.look,
    "GET /datasets": Right.look,
    "GET /datasets/{name}": Right.look,
    "GET /datasets/{name}/plan": Right.look,
    "GET /datasets/{name}/coverage": Right.look,
    "GET /datasets/{name}/review": Right.look,
    "GET /datasets/{name}/compare": Right.look,
    "GET /datasets/{name}/episodes/{index}": Right.look,
    "GET /setup": Right.look,
    "GET /setup/table": Right.look,
    "GET /setup/station": Right.setup,
    "GET /api/setup": Right.setup,
    "GET /api/setup/ports": Right.setup,
    "GET /api/setup/calibration": Right.setup,
    "GET /api/setup/cameras/picture": Right.setup,
    "POST /api/setup/cameras/lock": Right.setup,
    "GET /api/setup/rigs/{name}.toml": Right.setup,
    "POST /api/setup/servos/scan": Right.setup,
    "POST /api/setup/servos/assign": Right.setup,
    "POST /api/setup/calibration/begin": Right.setup,
    "POST /api/setup/calibration/centre": Right.setup,
    "POST /api/setup/calibration/finish": Right.setup,
    "POST /api/setup/calibration/cancel": Right.setup,
    "POST /api/setup/calibration/back-up": Right.setup,
    "POST /api/setup/calibration/restore": Right.setup,
    "POST /api/setup/compare": Right.setup,
    "POST /api/setup/motion": Right.setup,
    "POST /api/setup/rig": Right.setup,
    "POST /api/setup/rig/text": Right.setup,
    "GET /train": Right.look,
    "GET /train/compare": Right.look,
    "GET /train/{name}": Right.look,
    "GET /deploy": Right.look,
    # ---- accounts
    "GET /account": Right.look,
    "GET /accounts": Right.accounts,
    "GET /audit": Right.audit,
    "POST /api/logout": Right.own,
    "GET /api/account": Right.look,
    "PUT /api/account/password": Right.own,
    "POST /api/account/pairing": Right.own,  # a tablet of no greater role than one's own
    "DELETE /api/account/sessions/{id}": Right.own,
    "GET /api/accounts": Right.accounts,
    "POST /api/accounts": Right.accounts,
    "PUT /api/accounts/{name}": Right.accounts,
    "DELETE /api/accounts/{name}": Right.accounts,
    "GET /api/audit": Right.audit,
    # ---- the studio
    "GET /metrics": Right.look,
    "GET /openapi.json": Right.look,
    "HEAD /openapi.json": Right.look,
    "GET /api/studio": Right.look,
    "GET /api/scene": Right.look,
    "GET /api/doctor": Right.look,
    "POST /api/command": Right.look,  # each command's own right is asked for when it is carried out
    # ---- datasets
    "GET /api/datasets": Right.look,
    "POST /api/datasets": Right.record,
    "GET /api/datasets/{name}": Right.look,
    "GET /api/datasets/{name}/episodes": Right.look,
    "GET /api/datasets/{name}/episodes/{index}": Right.look,
    "GET /api/datasets/{name}/episodes/{index}/signals": Right.look,
    "GET /api/datasets/{name}/episodes/{index}/video/{camera}": Right.look,
    "GET /api/datasets/{name}/archive": Right.look,
    "GET /api/takes": Right.look,
    "POST /api/takes/{uuid}/keep": Right.record,
    "POST /api/takes/{uuid}/discard": Right.record,
    "GET /api/coverage": Right.look,
    "GET /api/coverage/version": Right.look,
    "GET /api/coverage/episodes": Right.look,
    "GET /api/coverage/paths": Right.look,
    "GET /api/coverage/picture/{name}": Right.look,
    # ---- plan and table
    "GET /api/datasets/{name}/plan": Right.look,
    "GET /api/datasets/{name}/plan/default": Right.look,
    "POST /api/datasets/{name}/plan/check": Right.look,
    "PUT /api/datasets/{name}/plan": Right.plan,
    "GET /api/table": Right.look,
    "GET /api/table/markers.svg": Right.look,
    "POST /api/table/corners": Right.calibrate,
    "POST /api/table/markers": Right.calibrate,
    "DELETE /api/table": Right.calibrate,
    # ---- review and curation
    "GET /api/datasets/{name}/reviews/queue": Right.look,
    "GET /api/datasets/{name}/episodes/{index}/reviews": Right.look,
    "POST /api/datasets/{name}/episodes/{index}/reviews": Right.judge,
    "POST /api/datasets/{name}/episodes/{index}/reviews/{id}/undo": Right.judge,
    "GET /api/datasets/{name}/outliers": Right.look,
    "GET /api/datasets/{name}/compare": Right.look,
    "POST /api/datasets/{name}/episodes/{index}/replay": Right.drive,
    "GET /api/datasets/{name}/episodes/{index}/replays": Right.look,
    "GET /api/replay": Right.look,
    "POST /api/replay/end": Right.drive,
    "GET /api/datasets/{name}/merge": Right.look,
    "GET /api/datasets/{name}/parts": Right.look,
    "GET /api/datasets/{name}/versions": Right.look,
    "POST /api/datasets/{name}/versions": Right.curate,
    "DELETE /api/datasets/{name}/versions/{version}": Right.curate,
    "POST /api/datasets/{name}/trash": Right.curate,
    "GET /api/trash": Right.look,
    "POST /api/trash/{id}/restore": Right.curate,
    "POST /api/trash/{id}/purge": Right.curate,
    # ---- jobs: a kind has its own line
    "GET /api/jobs": Right.look,
    "GET /api/jobs/{id}": Right.look,
    "GET /api/jobs/{id}/log": Right.look,
    "POST /api/jobs/{id}/cancel": Right.curate,
    "POST /api/jobs/dataset.convert": Right.curate,
    "POST /api/jobs/dataset.delete": Right.curate,
    "POST /api/jobs/dataset.merge": Right.curate,
    "POST /api/jobs/dataset.publish.hub": Right.curate,
    "POST /api/jobs/dataset.publish.url": Right.curate,
    "POST /api/jobs/dataset.split": Right.curate,
    "POST /api/jobs/dataset.task": Right.curate,
    "POST /api/jobs/dataset.trim": Right.curate,
    "POST /api/jobs/dataset.verify": Right.curate,
    "POST /api/jobs/lerobot.install": Right.setup,
    "POST /api/jobs/training.run": Right.train,
    "POST /api/jobs/training.score": Right.train,
    "POST /api/jobs/training.probe": Right.train,
    "POST /api/jobs/training.look": Right.train,
    "POST /api/jobs/training.publish": Right.train,
    "POST /api/jobs/training.forget": Right.train,
    "POST /api/jobs/export.run": Right.export,
    # ---- training
    "GET /api/training/presets": Right.look,
    "POST /api/training/describe": Right.look,
    "POST /api/training/probe": Right.train,
    "GET /api/training/places": Right.look,
    "PUT /api/training/places/{name}": Right.setup,
    "DELETE /api/training/places/{name}": Right.setup,
    "GET /api/runs": Right.look,
    "POST /api/runs": Right.train,
    "GET /api/runs/{name}": Right.look,
    "GET /api/runs/{name}/card": Right.look,
    "POST /api/runs/{name}/resume": Right.train,
    "POST /api/runs/{name}/score": Right.train,
    "POST /api/runs/{name}/publish": Right.train,
    "PUT /api/runs/{name}/notes": Right.train,
    "DELETE /api/runs/{name}": Right.train,
    # ---- evaluation
    "GET /api/evaluations": Right.look,
    "POST /api/evaluations": Right.evaluate,
    "POST /api/evaluations/describe": Right.look,
    "GET /api/evaluations/compare": Right.look,
    "GET /api/evaluations/{name}": Right.look,
    "DELETE /api/evaluations/{name}": Right.evaluate,
    "GET /api/evaluations/{name}/report": Right.look,
    "GET /api/evaluations/{name}/next": Right.look,
    "POST /api/evaluations/{name}/resume": Right.evaluate,
    "POST /api/evaluations/{name}/record-next": Right.order,
    "POST /api/evaluations/{name}/trials/{number}": Right.record,
    "POST /api/jobs/evaluation.run": Right.evaluate,
    "GET /api/pipelines": Right.look,
    "POST /api/pipelines": Right.evaluate,
    "POST /api/pipelines/describe": Right.look,
    "GET /api/pipelines/{name}": Right.look,
    "POST /api/pipelines/{name}/resume": Right.evaluate,
    "POST /api/jobs/pipeline.run": Right.evaluate,
    # ---- export
    "GET /deploy/compare": Right.look,
    "GET /deploy/run": Right.look,
    "GET /deploy/evaluations/{name}": Right.look,
    "GET /deploy/exports/{name}": Right.look,
    "GET /api/exports": Right.look,
    "GET /api/exports/choices": Right.look,
    "GET /api/exports/{name}": Right.look,
    "GET /api/exports/{name}/report.html": Right.look,
    "POST /api/exports": Right.export,
    "POST /api/exports/describe": Right.look,
    "DELETE /api/exports/{name}": Right.export,
}
