"""What the pages let somebody press, against the table of rights: a role that may not finds it dead, with the reason.

What follows is read from the pages' source, without a browser; tests/browser/test_roles.py looks at the pages.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.core.identity import Role
from app.web.access.rights import COMMANDS, ROUTES, Right, denied

ROOT = Path(__file__).parents[3]
SCRIPTS = sorted(path for path in (ROOT / "static/js").rglob("*.js") if path.name != "messages.d.ts")
PAGES = sorted((ROOT / "templates").rglob("*.html"))
NOBODYS = {Right.look, Right.own, Right.stop}

# Which lines of the table a script asks for. A script that changes something and is not here fails below.
CHANGES = {
    "core/plandraft.js": {"PUT /api/datasets/{name}/plan", "POST /api/datasets/{name}/plan/check"},
    "core/trial.js": {"POST /api/evaluations/{name}/trials/{number}"},
    "core/actions.js": set(),
    "core/station.js": {"POST /api/setup/rig"},
    "elements/account-list.js": {"POST /api/accounts", "PUT /api/accounts/{name}", "DELETE /api/accounts/{name}"},
    "elements/dataset-edit.js": {
        "POST /api/datasets/{name}/trash",
        "POST /api/datasets/{name}/versions",
        "DELETE /api/datasets/{name}/versions/{version}",
        "POST /api/jobs/dataset.verify",
    },
    "elements/episode-view.js": {
        "POST /api/datasets/{name}/episodes/{index}/reviews",
        "POST /api/datasets/{name}/episodes/{index}/reviews/{id}/undo",
    },
    "elements/evaluation-start.js": {"POST /api/evaluations"},
    "elements/evaluation-view.js": {
        "POST /api/evaluations/{name}/resume",
        "DELETE /api/evaluations/{name}",
        "POST /api/evaluations/{name}/record-next",
    },
    "elements/export-start.js": {"POST /api/exports"},
    "elements/export-view.js": {"DELETE /api/exports/{name}"},
    "elements/job-card.js": {"POST /api/jobs/{id}/cancel"},
    "elements/own-account.js": {"DELETE /api/account/sessions/{id}", "PUT /api/account/password", "POST /api/logout"},
    "elements/pair-tablet.js": {"POST /api/account/pairing"},
    "elements/pipeline-view.js": {"POST /api/pipelines", "POST /api/pipelines/{name}/resume"},
    "elements/replay-card.js": {"POST /api/datasets/{name}/episodes/{index}/replay", "POST /api/replay/end"},
    "elements/run-view.js": {
        "POST /api/runs/{name}/resume",
        "POST /api/runs/{name}/score",
        "POST /api/runs/{name}/publish",
        "PUT /api/runs/{name}/notes",
        "DELETE /api/runs/{name}",
    },
    "elements/station-cameras.js": {"POST /api/setup/cameras/lock"},
    "elements/table-calibration.js": {"POST /api/table/corners", "POST /api/table/markers"},
    "elements/train-place.js": {"PUT /api/training/places/{name}", "DELETE /api/training/places/{name}"},
    "elements/train-start.js": {"POST /api/runs", "POST /api/training/probe"},
    "elements/trash-list.js": {"POST /api/trash/{id}/restore", "POST /api/trash/{id}/purge"},
    "elements/trim-button.js": {"POST /api/jobs/dataset.trim"},
    "elements/unfinished-takes.js": {"POST /api/takes/{uuid}/keep", "POST /api/takes/{uuid}/discard"},
    "pages/login.js": set(),
}
# Scripts without buttons of their own: the button that leads there stands in these. A page that a role does not get
# needs no dead ones; `gate` and `runButtons` make an action dead by model/rights.js.
ELSEWHERE = {
    "core/plandraft.js": ["elements/plan-save.js"],
    "core/station.js": ["GET /setup/station"],
    "core/trial.js": ["elements/run-setup.js", "elements/run-trial.js", "model/policyrun.js"],
    "core/policyrun.js": ["model/policyrun.js"],
    "core/driver.js": ["elements/touch-pad.js", "model/gate.js"],
    "core/placement.js": ["model/gate.js"],
    "core/actions.js": ["model/gate.js"],
    "core/studio.js": [],
    "elements/account-list.js": ["GET /accounts"],
    "elements/episode-view.js": ["elements/review-panel.js"],
    "elements/lease-card.js": ["model/gate.js"],
    "elements/setup-card.js": ["model/gate.js"],
    "elements/station-cameras.js": ["GET /setup/station"],
}


def named(path: Path) -> str:
    return str(path.relative_to(ROOT / "static/js"))


def commands_of(text: str) -> set[str]:
    """The commands that a script sends."""
    return {one for one in re.findall(r'\btype: "([a-z_.]+)"', text) if one in COMMANDS}


def rights_of(text: str) -> set[str]:
    """What it marks as needing a right, or asks for in words."""
    marked = re.findall(r'data-right="(\w+)"', text) + re.findall(r'refusal\([\w.]+, "(\w+)"\)', text)
    return {*marked, *re.findall(r'right: "(\w+)"', text)}


def test_every_mark_is_a_right() -> None:
    for path in (*SCRIPTS, *PAGES):
        unknown = rights_of(path.read_text(encoding="utf-8")) - {right.name for right in Right}
        assert not unknown, f"{path.name}: data-right has no {unknown}"


def test_a_script_that_changes_something_is_listed() -> None:
    change = re.compile(r'method: "(POST|PUT|DELETE)"|\bposted\(')
    changing = {named(path) for path in SCRIPTS if change.search(path.read_text(encoding="utf-8"))}
    missing = sorted(changing - CHANGES.keys())
    assert not missing, f"say in CHANGES of this file which lines of the table of rights they ask for: {missing}"


@pytest.mark.parametrize("script", sorted({*CHANGES, *(named(p) for p in SCRIPTS if commands_of(p.read_text()))}))
def test_whatever_changes_something_is_dead_for_who_may_not(script: str) -> None:
    text = (ROOT / "static/js" / script).read_text(encoding="utf-8")
    needed = {ROUTES[line] for line in CHANGES.get(script, set())} | {COMMANDS[one] for one in commands_of(text)}
    here = [script, *ELSEWHERE.get(script, [])]
    held = {right for place in here for right in _held(place)}
    missing = {right for right in needed - NOBODYS if not any(_covers(Right[one], right) for one in held)}
    assert not missing, f'{script}: its buttons need data-right="{" ".join(right.name for right in missing)}"'


def _held(place: str) -> set[str]:
    """The rights that are asked for at a place: a page's own line, a model's table, or the marks of a script."""
    if place.startswith("GET "):
        return {ROUTES[place].name}
    text = (ROOT / "static/js" / place).read_text(encoding="utf-8")
    if place == "model/gate.js":
        return {*needs().values(), "record"}
    return rights_of(text)


def _covers(held: Right, needed: Right) -> bool:
    """Whoever lacks `needed` lacks `held`, so the button is dead for them; its words are then of a greater right."""
    return held is needed or all(needed.given_to(role) or not held.given_to(role) for role in Role)


def needs() -> dict[str, str]:
    """model/rights.js: the right that each action of the Record page needs."""
    table = re.search(r"const NEEDS = {(.*?)};", (ROOT / "static/js/model/rights.js").read_text(), re.DOTALL)
    assert table is not None
    return dict(re.findall(r'(\w+): "(\w+)"', table.group(1)))


def test_each_action_of_the_record_page_needs_what_its_command_needs() -> None:
    text = (ROOT / "static/js/core/actions.js").read_text(encoding="utf-8")
    body = text[text.index("\nfunction command(") :]
    cases = re.findall(r'((?:case "\w+":\s*)+)return (.*?);', body, re.DOTALL)
    pairs = [
        (action, COMMANDS[command].name)
        for labels, answer in cases
        for action in re.findall(r'"(\w+)"', labels)
        for command in re.findall(r'type: "([a-z_.]+)"', answer)
    ]
    assert len(pairs) > 20
    wrong = {action: right for action, right in pairs if needs().get(action, "record") != right}
    assert not wrong, f"NEEDS of static/js/model/rights.js says otherwise than COMMANDS: {wrong}"


@pytest.mark.parametrize("role", list(Role))
def test_a_reason_says_what_and_whom_to_ask(role: Role) -> None:
    for name, why in denied(role).items():
        assert re.fullmatch(rf"An? {role} cannot .+; ask an? (lead|admin)\.", why), (name, why)
