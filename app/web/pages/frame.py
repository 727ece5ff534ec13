"""What stands around every page: sidebar, who is signed in, what their role may not do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from fastapi.templating import Jinja2Templates

from app import __version__
from app.web.access.identity import person_of
from app.web.access.rights import denied
from app.web.studio import studio_of

ROOT = Path(__file__).resolve().parents[3]
templates = Jinja2Templates(ROOT / "templates")


def render(request: Request, template: str, page: str, **context: Any) -> HTMLResponse:
    """One page; `page` is its place in the sidebar."""
    person = person_of(request)
    base = {
        "page": page,
        "version": __version__,
        "request_path": request.url.path,
        "csrf": person.csrf,
        "person": person,
        "sign_in": studio_of(request).access.sign_in,
        "denied": denied(person.role),
    }
    return templates.TemplateResponse(request, f"pages/{template}.html", base | context)


def problem_page(request: Request, status: int, title: str, todo: str) -> HTMLResponse:
    """What went wrong, for somebody who opened a page."""
    page = render(request, "problem", "", title=title, todo=todo)
    page.status_code = status
    return page
