"""Every page as each role: what it may not do is dead and says why, no page complains, and the QR is the address."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from app.core.identity import Role
from app.training.folder import RunStore
from app.web.access.door import COOKIE
from app.web.access.rights import ROUTES, Right, denied
from tests.accounts.people import ROLES, Visitor, add_people
from tests.browser.deployed import export_toys
from tests.studio import RunningStudio
from tests.training import recorded

pytestmark = pytest.mark.browser
PATIENT_MS = 120_000  # sixty pages in a row meet every hiccup of a busy machine
NAMES = {"datasets": "bricks", "train": "tiny", "evaluations": "arm", "exports": "fast"}
EVALUATION = {
    "protocol": {"dataset": "bricks", "training": 1, "held_out": 1, "judge": "operator"},
    "entrants": [{"key": "early", "policy": "tiny/3"}],
    "name": "arm",
}
# What stands on a page that needs more than looking; the page is awaited until it does.
SHOWN = {
    "/record": {Right.drive, Right.record, Right.guide, Right.order},
    "/datasets/bricks": {Right.curate},
    "/datasets/bricks/plan": {Right.plan, Right.record},
    "/datasets/bricks/coverage": {Right.order},
    "/datasets/bricks/episodes/0": {Right.judge, Right.drive},
    "/setup": {Right.setup},
    "/setup/table": {Right.calibrate},
    "/train": {Right.train, Right.setup},
    "/train/tiny": {Right.train},
    "/deploy": {Right.export, Right.evaluate},
    "/deploy/run": {Right.drive},
    "/deploy/evaluations/arm": {Right.evaluate},
    "/deploy/exports/fast": {Right.export},
    "/account": {Right.audit, Right.accounts},
}
MARKED = """() => [...document.querySelectorAll('[data-right]')].map((one) => ({right: one.dataset.right,
  dead: one.getAttribute('aria-disabled') === 'true', title: one.title, text: one.textContent.trim().slice(0, 40),
  off: !one.matches('input, select, textarea') || one.disabled}))"""


def pages() -> list[tuple[Right, str]]:
    """Every page of the table, with a name that is there, and what it needs."""
    found = []
    for line, right in ROUTES.items():
        method, path = line.split(" ")
        if method != "GET" or path == "/" or path.startswith(("/api/", "/metrics", "/openapi")):
            continue
        part = path.split("/{")[0].rsplit("/", 1)[-1]
        found.append((right, path.replace("{name}", NAMES.get(part, "")).replace("{index}", "0")))
    return found


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    """One of everything: a dataset, a run, an export and an evaluation under way."""
    data = tmp_path_factory.mktemp("data")
    add_people(data)
    recorded.dataset(data)
    run = RunStore(data / "models").folder("tiny")
    run.create(recorded.described(data))
    checkpoint = run.output / "checkpoints/000003/pretrained_model"
    checkpoint.mkdir(parents=True)
    (checkpoint.parent / "training_state").mkdir()
    (checkpoint / "model.safetensors").write_bytes(b"weights")
    (checkpoint / "config.json").write_text('{"type": "act"}')
    export_toys(data / "models", tmp_path_factory.mktemp("toys"))
    running = RunningStudio(data, options=["--sign-in"]).start()
    status, made = Visitor(running, "ada").ask("/api/evaluations", "POST", EVALUATION)
    assert status == 201, made
    yield running
    assert running.stop() == 0


@pytest.fixture(scope="module")
def people(studio: RunningStudio) -> dict[str, Visitor]:
    """Signed in before Chromium's loop runs, in which nothing of the studio's may block."""
    return {name: Visitor(studio, name) for name in ROLES}


@pytest.fixture(autouse=True)
def at_rest() -> None:
    """Nobody moves anything here."""


@pytest.mark.parametrize("name", list(ROLES))
def test_every_page_says_what_a_role_may_not_do_and_complains_of_nothing(
    people: dict[str, Visitor], studio: RunningStudio, browser: Browser, name: str
) -> None:
    """A viewer opens every page in Chromium; the others those on which something differs, and ask for the rest.

    Something differs where a mark is dead for them, or alive for them and not for the role below.
    """
    role, context = ROLES[name], browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENT_MS)
    context.add_cookies([{"name": COOKIE, "value": people[name].cookie, "url": studio.url, "httpOnly": True}])
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(f"{page.url}: {error}"))
    page.on("console", lambda message: said.append(f"{page.url}: {message.text}") if _complains(message) else None)
    for right, path in pages():
        if not right.given_to(role):
            status, refused = people[name].ask(path, Accept="text/html")
            assert (status, escape(right.refusal(role)) in refused) == (403, True), path
        elif role is Role.viewer or right is not Right.look or differs(path, role):
            answer = page.goto(studio.url + path)
            assert answer is not None
            assert answer.status == 200, path
            look_at(page, path, role)
        else:
            assert people[name].ask(path, Accept="text/html")[0] < 400, path
    context.close()
    assert said == []


def differs(path: str, role: Role) -> bool:
    """Whether `role` sees on that page what no role does that opens it anyway."""
    below = list(ROLES.values())[list(ROLES.values()).index(role) - 1]
    return any(not (right.given_to(role) and right.given_to(below)) for right in SHOWN.get(path, ()))


def look_at(page: Page, path: str, role: Role) -> None:
    """Where the role does not reach each mark is dead and says the studio's sentence; where it does, nothing."""
    expect(page.locator("studio-banner")).not_to_have_attribute("data-kind", "offline", timeout=PATIENT_MS)
    for right in SHOWN.get(path, set()):
        expect(page.locator(f"[data-right={right.name}]").first).to_be_attached(timeout=PATIENT_MS)
    refusals = denied(role)
    for mark in page.evaluate(MARKED):
        why = refusals.get(mark["right"], "")
        if why:
            assert (mark["dead"], mark["off"], mark["title"]) == (True, True, why), (path, mark)
        else:
            assert mark["title"] not in refusals.values(), (path, mark)


def test_every_right_stands_on_a_page() -> None:
    assert set(Right) - set.union(*SHOWN.values()) == {Right.look, Right.own, Right.stop}


def test_the_qr_on_the_page_is_the_address_that_pairs(
    people: dict[str, Visitor], studio: RunningStudio, browser: Browser
) -> None:
    """As a tablet's camera reads it: from the pixels that Chromium shows."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENT_MS)
    context.add_cookies([{"name": COOKIE, "value": people["otto"].cookie, "url": studio.url, "httpOnly": True}])
    page = context.new_page()
    page.goto(f"{studio.url}/account")
    with page.expect_response("**/api/account/pairing") as answered:
        page.get_by_role("button", name="Make a code").click()
    shown = page.locator(".pair-offer img")
    expect(shown).to_be_visible(timeout=PATIENT_MS)
    shown.evaluate("(one) => one.decode()")
    picture = cv2.imdecode(np.frombuffer(shown.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    read, _, _ = cv2.QRCodeDetector().detectAndDecode(picture)
    offer = answered.value.json()
    assert read == offer["url"] == f"{studio.url}/login#pair={offer['code']}"
    context.close()


def _complains(message: ConsoleMessage) -> bool:
    """Chromium writes each refused request down; what a page asks before anything begins may be refused in words."""
    described = message.location.get("url", "").endswith("/describe")
    return message.type in ("error", "warning") and not described
