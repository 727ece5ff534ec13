"""The table of rights knows every route and every command, and is read the way a stranger would fear."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from app.accounts.errors import NotAllowed
from app.bootstrap.jobs import job_keeper
from app.core.identity import Identity, Role
from app.storage import DataFolder
from app.web import protocol as p
from app.web.access.door import Rules, lines_of
from app.web.access.rights import COMMANDS, OPEN, ROUTES, Right, denied, require
from app.web.server import create_app
from app.web.studio.commands import Commands


@pytest.fixture(scope="module")
def routes() -> list[Any]:
    with tempfile.TemporaryDirectory() as folder:
        studio: Any = SimpleNamespace(jobs=job_keeper(DataFolder(Path(folder))), store=None, access=None)
        return list(create_app(studio).routes)


def commands() -> set[str]:
    union = get_args(p.ClientMessage)[0]
    return {get_args(model.model_fields["type"].annotation)[0] for model in get_args(union)}


def test_every_command_has_a_right() -> None:
    missing = sorted(commands() - COMMANDS.keys())
    assert not missing, (
        "add to COMMANDS in app/web/access/rights.py, with the least role that may use it (now only an admin may):\n"
        + "\n".join(f'    "{type_}": Right.drive,' for type_ in missing)
    )


def test_every_route_has_a_right(routes: list[Any]) -> None:
    missing = [line for line in lines_of(routes) if line not in ROUTES and line not in OPEN]
    assert not missing, (
        "add to ROUTES in app/web/access/rights.py, with the least role that may use it (now only an admin may):\n"
        + "\n".join(
            f'    "{line}": Right.{"look" if line.startswith(("GET", "WS")) else "curate"},' for line in missing
        )
    )


def test_no_right_is_for_what_is_gone(routes: list[Any]) -> None:
    gone = sorted((ROUTES.keys() | OPEN) - set(lines_of(routes))) + sorted(COMMANDS.keys() - commands())
    assert not gone, f"take out of app/web/access/rights.py: {gone}"


def test_nothing_that_changes_is_for_those_who_only_look() -> None:
    harmless = {
        "POST /api/command",  # each command has its own right
        "POST /api/datasets/{name}/plan/check",
        "POST /api/training/describe",
        "POST /api/evaluations/describe",
        "POST /api/exports/describe",
        "POST /api/pipelines/describe",
        "PUT /api/account/password",
        "POST /api/account/pairing",
        "DELETE /api/account/sessions/{id}",
        "POST /api/logout",
    }
    changes = {line for line in ROUTES if line.split()[0] in ("POST", "PUT", "PATCH", "DELETE")}
    assert {line for line in changes if ROUTES[line].least is Role.viewer} <= harmless


def test_the_stop_is_the_only_open_route_that_moves_anything() -> None:
    assert {line for line in OPEN if not line.startswith(("GET", "MOUNT"))} == {
        "POST /api/stop",
        "POST /api/login",
        "POST /api/pair",
    }


@pytest.mark.parametrize(
    ("method", "path", "right"),
    [
        ("GET", "/record", Right.look),
        ("WS", "/ws/live", Right.look),
        ("POST", "/api/stop", None),
        ("GET", "/static/js/core/theme.js", None),
        ("GET", "/api/accounts", Right.accounts),
        ("GET", "/no/such/page", Right.look),
        ("GET", "/api/stop", Right.look),  # it has no GET: whoever is signed in learns that
        ("GET", "/static/../api/studio", None),  # the mount answers, and leaves its folder for nobody
        ("POST", "/api/jobs/dataset.delete", Right.curate),
        ("DELETE", "/api/runs/x", Right.train),
    ],
)
def test_a_request_falls_under_its_line(routes: list[Any], method: str, path: str, right: Right | None) -> None:
    assert Rules(routes).right(method, path) is right


def test_what_is_in_no_table_only_an_admin_may(routes: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(ROUTES, "DELETE /api/runs/{name}")
    assert Rules(routes).right("DELETE", "/api/runs/x") is Right.accounts


def test_a_refusal_says_what_and_whom_to_ask() -> None:
    with pytest.raises(NotAllowed, match=r"^A viewer cannot move the arm; ask a lead\.$"):
        require(Right.drive, Role.viewer)
    with pytest.raises(NotAllowed, match=r"An operator cannot manage accounts; ask an admin\."):
        require(Right.accounts, Role.operator)
    assert denied(Role.admin) == {}
    assert "drive" in denied(Role.viewer)
    assert "drive" not in denied(Role.operator)


@pytest.mark.parametrize("type_", sorted(COMMANDS))
def test_each_command_is_refused_to_each_role_below_its_line(type_: str) -> None:
    noted: list[Any] = []
    commands = Commands(SimpleNamespace(access=SimpleNamespace(note=noted.append)))  # type: ignore[arg-type]
    below = [role for role in Role if not COMMANDS[type_].given_to(role)]
    for role in below:
        with pytest.raises(NotAllowed) as refused:
            asyncio.run(commands.carry_out(SimpleNamespace(type=type_), Identity("x", role, "tab")))  # type: ignore[arg-type]
        assert refused.value.message == denied(role)[COMMANDS[type_].name]
    assert [event.outcome for event in noted] == ["refused"] * len(below)
