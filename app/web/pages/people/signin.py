"""Signing in and out, one's own account, and pairing a tablet."""

from __future__ import annotations

import asyncio
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import Field

from app.accounts import Access, BadAccount, Event, Kind, NoAccount
from app.accounts.errors import WrongCode, WrongPassword
from app.accounts.pairing import VALID_S
from app.core.errors import Conflict
from app.core.identity import Role
from app.web.access.door import COOKIE, csrf_of
from app.web.access.identity import Person, address_of, person_of
from app.web.access.rights import words
from app.web.pages.frame import render
from app.web.protocol import Model
from app.web.studio import studio_of

router = APIRouter()

Word = Annotated[str, Field(min_length=1, max_length=200)]


class LoginBody(Model):
    name: Annotated[str, Field(min_length=1, max_length=80)]
    password: Word


class PairBody(Model):
    """The code that somebody who is signed in had made; small letters and gaps do not matter."""

    code: Annotated[str, Field(min_length=1, max_length=40)]


class SignedIn(Model):
    """`csrf` goes with every change in the header X-CSRF-Token."""

    user: str
    role: Role
    csrf: str


class PasswordBody(Model):
    old: Word
    new: Word


class OfferBody(Model):
    role: Role
    label: Annotated[str, Field(min_length=1, max_length=60)] = "tablet"


class Offer(Model):
    """`picture` is a QR code of `url`, as a data URL."""

    code: str
    url: str
    picture: str
    valid_s: int


class OwnSession(Model):
    id: str
    kind: Kind
    label: str
    role: Role
    made_s: int
    seen_s: int
    this: bool


class OwnAccount(Model):
    """`sign_in` is false on loopback, where everybody is the same local user."""

    user: str
    role: Role
    sign_in: bool
    sessions: list[OwnSession]


@router.get("/login", include_in_schema=False)
async def login_page(request: Request, next: str = "/record") -> Response:
    if not access_of(request).sign_in or person_of(request).signed_in:
        return RedirectResponse(inside(next), 303)
    encrypted = request.url.scheme == "https"
    page = render(request, "login", "", next=inside(next), encrypted=encrypted)
    page.headers["Cache-Control"] = "no-store"
    return page


@router.get("/account", include_in_schema=False)
async def account_page(request: Request) -> HTMLResponse:
    return render(request, "account", "account", may=words(person_of(request).role))


@router.post("/api/login", tags=["accounts"])
async def login(request: Request, body: LoginBody) -> Response:
    """Sign in. The cookie is for browsers; a program sends it too, with `csrf`, or uses a token of its own."""
    access, address = access_of(request), address_of(request)
    if not access.sign_in:
        raise Conflict("Nobody signs in here: this studio serves its own machine only.", todo="Go on.")
    attempt = access.attempt(body.name, address)
    fits = await asyncio.to_thread(attempt.fits, body.password)
    try:
        token = access.settled(attempt, fits)
    except WrongPassword:
        access.note(Event(body.name[:40], "", "sign-in", "refused", address=address))
        raise
    account = access.accounts.account(body.name)
    return await _welcome(request, token, Person(account.name, account.role), "sign-in")


@router.post("/api/pair", tags=["accounts"])
async def pair(request: Request, body: PairBody) -> Response:
    """Sign a tablet in by the code shown on another screen."""
    access, address = access_of(request), address_of(request)
    try:
        account, token = access.pair(body.code, address)
    except (WrongCode, NoAccount):
        access.note(Event("nobody", "", "pair", "refused", address=address))
        raise
    session = access.session(token)
    return await _welcome(request, token, Person(account.name, session.role if session else account.role), "pair")


@router.post("/api/logout", tags=["accounts"])
async def logout(request: Request) -> Response:
    """This session ends, and its sockets with it."""
    person, access = person_of(request), access_of(request)
    if person.session is not None:
        access.accounts.end_session(person.session.digest)
        access.note(Event(person.user, person.role.value, "sign-out", address=address_of(request)))
    answer = JSONResponse({"signed_out": True})
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.get("/api/account", tags=["accounts"])
async def own(request: Request) -> OwnAccount:
    """Who one is, and where one is signed in."""
    person, access = person_of(request), access_of(request)
    mine = [one for one in access.accounts.sessions() if one.account == person.user]
    return OwnAccount(
        user=person.user,
        role=person.role,
        sign_in=access.sign_in,
        sessions=[
            OwnSession(
                id=one.digest[:12],
                kind=one.kind,
                label=one.label,
                role=one.role,
                made_s=one.made_s,
                seen_s=one.seen_s,
                this=person.session is not None and one.digest == person.session.digest,
            )
            for one in mine
        ],
    )


@router.put("/api/account/password", tags=["accounts"])
async def change_password(request: Request, body: PasswordBody) -> dict[str, bool]:
    """The old one is asked for; every other session of the account ends."""
    person, access = _owner(request), access_of(request)
    attempt = access.attempt(person.user, address_of(request))
    if not await asyncio.to_thread(attempt.fits, body.old):
        raise WrongPassword("The old password is wrong.", todo="Try again.")
    access.forgive(attempt)
    kept = await asyncio.to_thread(access.passwords.hashed, body.new, person.user)
    access.accounts.set_password(person.user, kept, but=person.session.digest if person.session else "")
    return {"changed": True}


@router.post("/api/account/pairing", tags=["accounts"])
async def offer(request: Request, body: OfferBody) -> Offer:
    """A code for one tablet, good once and for five minutes; it can do no more than whoever made it."""
    person, access = _owner(request), access_of(request)
    assert person.session is not None
    code = access.offer_pairing(person.session, body.role, body.label)
    import segno  # only whoever pairs a tablet needs it

    url = f"{request.url.scheme}://{request.headers['host']}/login#pair={code}"
    picture = segno.make(url, error="m").svg_data_uri(scale=6, border=3, dark="#000", light="#fff")
    return Offer(code=code, url=url, picture=picture, valid_s=VALID_S)


@router.delete("/api/account/sessions/{id}", status_code=204, tags=["accounts"])
async def end_session(request: Request, id: str) -> None:
    """Sign out a lost tablet or a forgotten browser."""
    person, access = _owner(request), access_of(request)
    found = [one for one in access.accounts.sessions() if one.account == person.user and one.digest[:12] == id]
    if not found:
        raise NoAccount("There is no such session of yours.", todo="Load the page again.")
    access.accounts.end_session(found[0].digest)


def access_of(request: Request) -> Access:
    return studio_of(request).access


def inside(path: str) -> str:
    """Where to go on after signing in: a page of this studio and nothing else."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if plain and not parts.netloc and not parts.scheme else "/record"


def _owner(request: Request) -> Person:
    person = person_of(request)
    if person.session is None:
        raise BadAccount(
            "The local user has no account: this studio serves its own machine only, and nobody signs in.",
            todo="Serve a network with --host, or on this machine too with --sign-in.",
        )
    return person


async def _welcome(request: Request, token: str, person: Person, what: str) -> Response:
    access = access_of(request)
    access.note(Event(person.user, person.role.value, what, address=address_of(request)))
    await asyncio.to_thread(access.audit.settle)
    told = SignedIn(user=person.user, role=person.role, csrf=csrf_of(token))
    answer = JSONResponse(told.model_dump(mode="json"), headers={"Cache-Control": "no-store"})
    secure = request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, max_age=30 * 86400, httponly=True, samesite="lax", secure=secure, path="/")
    return answer
