"""Accounts for admins, and the audit log for leads."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field

from app.core.identity import Role
from app.web.pages.frame import render
from app.web.pages.people.signin import Word, access_of
from app.web.protocol import Model

router = APIRouter()

Name = Annotated[str, Field(min_length=1, max_length=40)]


class AccountLine(Model):
    """`seen_s`: when a session of it was last used; null for never, or for too long ago."""

    name: str
    role: Role
    made_s: int
    seen_s: int | None
    sessions: int


class AccountBody(Model):
    name: Name
    role: Role
    password: Word


class ChangeBody(Model):
    """What changes; null stays. A new password ends every session of the account."""

    role: Role | None = None
    password: Word | None = None


class AuditLine(Model):
    """One thing somebody did, or was refused (`outcome`). Times are UTC."""

    at: str
    user: str
    role: str
    what: str
    outcome: str
    about: str
    address: str
    client: str


class AuditAnswer(Model):
    """The newest first. `broken` lists "month line" where the log does not follow from the line before it."""

    events: list[AuditLine]
    months: list[str]
    broken: list[str]


@router.get("/accounts", include_in_schema=False)
async def accounts_page(request: Request) -> HTMLResponse:
    return render(request, "accounts", "accounts")


@router.get("/audit", include_in_schema=False)
async def audit_page(request: Request) -> HTMLResponse:
    return render(request, "audit", "audit")


@router.get("/api/accounts", tags=["accounts"])
async def accounts(request: Request) -> list[AccountLine]:
    """Everybody who may sign in."""
    store = access_of(request).accounts
    seen: dict[str, list[int]] = {}
    for session in store.sessions():
        seen.setdefault(session.account, []).append(session.seen_s)
    return [
        AccountLine(
            name=one.name,
            role=one.role,
            made_s=one.made_s,
            seen_s=max(seen.get(one.name, []), default=None),
            sessions=len(seen.get(one.name, ())),
        )
        for one in store.all()
    ]


@router.post("/api/accounts", status_code=201, tags=["accounts"])
async def add(request: Request, body: AccountBody) -> dict[str, str]:
    """A new account; whoever made it tells its password, and the owner changes it."""
    access = access_of(request)
    kept = await asyncio.to_thread(access.passwords.hashed, body.password, body.name)
    return {"name": access.accounts.add(body.name, body.role, kept).name}


@router.put("/api/accounts/{name}", tags=["accounts"])
async def change(request: Request, name: Name, body: ChangeBody) -> dict[str, str]:
    """Another role, another password, or both."""
    access = access_of(request)
    account = access.accounts.account(name)
    kept = await asyncio.to_thread(access.passwords.hashed, body.password, account.name) if body.password else ""
    if body.role is not None:
        access.accounts.set_role(account.name, body.role)
    if kept:
        access.accounts.set_password(account.name, kept)
    return {"name": account.name}


@router.delete("/api/accounts/{name}", status_code=204, tags=["accounts"])
async def remove(request: Request, name: Name) -> None:
    """The account and its sessions end; what it recorded keeps its name."""
    access_of(request).accounts.remove(name)


@router.get("/api/audit", tags=["accounts"])
async def audit(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    user: Annotated[str, Query(max_length=80)] = "",
    search: Annotated[str, Query(max_length=80)] = "",
) -> AuditAnswer:
    """Who did what."""
    log = access_of(request).audit

    def keep(event: dict) -> bool:  # type: ignore[type-arg]
        return (not user or event.get("user") == user) and search.lower() in f"{event.get('what')} {event}".lower()

    def read() -> AuditAnswer:
        log.settle()
        months = log.months()
        found = [
            AuditLine(**{key: str(event.get(key, "")) for key in AuditLine.model_fields})
            for event in log.latest(limit, keep)
        ]
        broken = [f"{month} {line}" for month in months[:2] for line in log.broken(month)]
        return AuditAnswer(events=found, months=months, broken=broken[:50])

    return await asyncio.to_thread(read)
