"""A studio that others can reach: who gets in, as what, and what a stranger gets."""

from __future__ import annotations

import contextlib
import json
import re
import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from socket import create_connection

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from app.core.identity import Role
from app.storage.paths import DataFolder
from app.web.access.door import Rules
from app.web.access.rights import OPEN, ROUTES, Right
from tests.accounts.people import PASSWORD, Visitor, add_people, make_certificate
from tests.studio import RunningStudio, wait_until


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStudio]:
    data = tmp_path_factory.mktemp("data")
    add_people(data)
    cert, key = make_certificate(tmp_path_factory.mktemp("tls"))
    options = ["--sign-in", "--log", "json", "--tls-cert", str(cert), "--tls-key", str(key)]
    running = RunningStudio(data, options=options)
    running.trust = ssl.create_default_context(cafile=str(cert))
    running.trust.check_hostname = False
    running.start()
    yield running
    assert running.stop() == 0
    logs = {name: (DataFolder(data).run_folder / f"{name}.log").read_text().splitlines() for name in ("rig", "cameras")}
    for process, lines in {"web": running.log, **logs}.items():
        told = [json.loads(line) for line in lines]
        assert all(line["process"] == process and line["text"] for line in told), process


def socket(who: Visitor, path: str, origin: str = "") -> ClientConnection:
    return connect(
        who.studio.url.replace("http", "ws", 1) + path,
        additional_headers=who.headers,
        origin=Origin(origin or who.studio.url),
        ssl=who.studio.trust,
        max_size=2**22,
    )


def command(who: Visitor, type_: str, **fields: object) -> tuple[int, dict]:
    return who.ask("/api/command", "POST", {"type": type_, **fields})


def filled(line: str) -> tuple[str, str]:
    """A request that falls under a line of the table."""
    method, path = line.split(" ", 1)
    for name in ("name", "index", "camera", "uuid", "version", "id"):
        path = path.replace("{" + name + "}", "0")
    return method, path


@pytest.mark.parametrize("line", sorted(line for line in ROUTES if not line.startswith("WS")))
def test_a_stranger_gets_no_route(studio: RunningStudio, line: str) -> None:
    method, path = filled(line)
    status, answer = Visitor(studio).ask(path, method, {} if method in ("POST", "PUT") else None)
    assert status == 401
    assert method == "HEAD" or answer["code"] == "not_signed_in"


@pytest.mark.parametrize("line", sorted(line for line in ROUTES if ROUTES[line].least is not Role.viewer))
def test_nobody_gets_a_route_of_a_greater_role(
    studio: RunningStudio, viewer: Visitor, operator: Visitor, lead: Visitor, line: str
) -> None:
    method, path = filled(line)
    for who, role in ((viewer, Role.viewer), (operator, Role.operator), (lead, Role.lead)):
        if not ROUTES[line].given_to(role):
            status, answer = who.ask(path, method, {} if method in ("POST", "PUT") else None)
            assert (status, answer["title"]) == (403, ROUTES[line].refusal(role))


@pytest.fixture(scope="module")
def viewer(studio: RunningStudio) -> Visitor:
    return Visitor(studio, "vera")


@pytest.fixture(scope="module")
def operator(studio: RunningStudio) -> Visitor:
    return Visitor(studio, "otto")


@pytest.fixture(scope="module")
def lead(studio: RunningStudio) -> Visitor:
    return Visitor(studio, "lea")


@pytest.fixture(scope="module")
def admin(studio: RunningStudio) -> Visitor:
    return Visitor(studio, "ada")


@pytest.mark.parametrize("path", ["/ws/studio", "/ws/live"])
def test_a_stranger_gets_no_socket(studio: RunningStudio, path: str) -> None:
    for stranger in (Visitor(studio), _forged(studio)):
        with pytest.raises(InvalidStatus), socket(stranger, path):
            pass


def _forged(studio: RunningStudio) -> Visitor:
    one = Visitor(studio)
    one.cookie = "A" * 43
    return one


def test_a_stranger_who_opens_a_page_is_asked_to_sign_in_and_comes_back(studio: RunningStudio) -> None:
    status, where = Visitor(studio).ask("/datasets/x?y=1", Accept="text/html")
    assert (status, where) == (303, "/login?next=%2Fdatasets%2Fx%3Fy%3D1")


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:1"])
def test_signing_in_leads_nowhere_else(studio: RunningStudio, viewer: Visitor, next_: str) -> None:
    assert viewer.ask(f"/login?next={next_}") == (303, "/record")


def test_a_viewer_sees_and_does_not_move(viewer: Visitor) -> None:
    assert viewer.ask("/api/studio")[1]["identity"]["role"] == "viewer"
    assert viewer.ask("/api/datasets")[0] == 200
    for type_, fields in (
        ("lease.acquire", {"label": "x"}),
        ("record.start", {}),
        ("place", {"x_cm": 1, "y_cm": 1, "yaw_deg": 0}),
    ):
        status, answer = command(viewer, type_, **fields)
        assert status == 403
        assert answer["code"] == "not_allowed"
    with socket(viewer, "/ws/studio?client=tab") as page:
        assert json.loads(page.recv(timeout=60))["type"] == "hello"
        page.send(json.dumps({"type": "lease.acquire", "label": "x", "id": 5}))
        replies = (json.loads(page.recv(timeout=60)) for _ in range(2000))
        reply = next(one for one in replies if one["type"] == "reply")
        assert (reply["ok"], reply["text"]) == (False, "A viewer cannot move the arm; ask a lead.")


def test_an_operator_moves_and_nobody_takes_the_lease_by_its_name(operator: Visitor, lead: Visitor) -> None:
    assert command(operator, "lease.acquire", label="Somebody Else", input="keyboard")[0] == 200
    try:
        lease = operator.ask("/api/studio")[1]["lease"]
        assert (lease["mine"], lease["label"]) == (True, "otto (keyboard)")
        assert lead.ask("/api/studio")[1]["lease"]["mine"] is False
        assert command(lead, "home")[1]["code"] == "not_holder"
    finally:
        command(operator, "lease.release")


def test_the_stop_needs_nobody_and_is_written_down(studio: RunningStudio, admin: Visitor) -> None:
    stranger = Visitor(studio)
    assert stranger.ask("/api/stop", "POST") == (200, {"stopped": True})
    wait_until(lambda: admin.ask("/api/studio")[1]["rig"]["phase"] == "stopped", 60, "the arm is stopped")
    answers = [stranger.ask("/api/stop", "POST")[0] for _ in range(15)]
    assert set(answers) == {200}, "a latched stop stays answered"
    assert command(admin, "stop.reset")[0] == 200
    wait_until(lambda: admin.ask("/api/studio")[1]["rig"]["phase"] != "stopped", 60, "the arm is free")
    assert Visitor(studio).ask("/api/stop", "POST", Origin="http://evil.example")[0] == 403
    events = admin.ask("/api/audit?search=no%20session")[1]["events"]
    assert 1 <= len(events) <= 11
    assert events[0]["address"] == "127.0.0.1"


def test_a_change_needs_the_pages_key_and_its_own_origin(lead: Visitor) -> None:
    body = {"name": "fresh"}
    kept, lead.csrf = lead.csrf, "0" * 32
    try:
        assert lead.ask("/api/datasets", "POST", body)[1]["code"] == "csrf"
    finally:
        lead.csrf = kept
    assert lead.ask("/api/logout", "POST", Origin="http://evil.example")[0] == 403
    assert lead.ask("/api/logout", "POST", **{"Sec-Fetch-Site": "cross-site"})[0] == 403
    assert lead.ask("/api/studio", Host="evil.example")[0] == 403
    with pytest.raises(InvalidStatus), socket(lead, "/ws/studio", origin="http://evil.example"):
        pass


def test_an_encrypted_studio_answers_nothing_in_the_clear(studio: RunningStudio, admin: Visitor) -> None:
    host, port = studio.url.removeprefix("https://").split(":")
    with create_connection((host, int(port)), timeout=60) as plain:
        plain.sendall(b"GET /login HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            assert b"HTTP" not in plain.recv(4096)
    assert admin.ask("/api/logout", "POST", Origin=studio.url.replace("https", "http"))[0] == 403


def test_a_wrong_password_tells_nothing(studio: RunningStudio, admin: Visitor) -> None:
    stranger = Visitor(studio)
    said = set()
    for name in ("vera", "nobody-at-all"):
        status, answer = stranger.ask("/api/login", "POST", {"name": name, "password": "wrong password"})
        said.add((status, answer["title"]))
    assert said == {(401, "Name or password is wrong.")}
    assert admin.ask("/api/audit?search=sign-in")[1]["events"][0]["outcome"] == "refused"


def test_who_is_signed_out_or_demoted_loses_the_socket_too(studio: RunningStudio, admin: Visitor) -> None:
    assert admin.ask("/api/accounts", "POST", {"name": "temp", "role": "operator", "password": PASSWORD})[0] == 201
    guest = Visitor(studio, "temp")
    with socket(guest, "/ws/studio") as page, socket(guest, "/ws/live") as pictures:
        assert json.loads(page.recv(timeout=60))["state"]["identity"]["role"] == "operator"
        assert admin.ask("/api/accounts/temp", "PUT", {"role": "viewer"})[0] == 200
        for one in (page, pictures):
            assert closing_code(one) == 4401
    assert guest.ask("/api/studio")[1]["identity"]["role"] == "viewer"
    assert admin.ask("/api/accounts/temp", "DELETE")[0] == 204
    assert guest.ask("/api/studio")[0] == 401


def closing_code(page: ClientConnection) -> int:
    """Read until the studio closes the socket."""
    try:
        while True:
            page.recv(timeout=60)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_signing_in_by_a_password_and_out_again(studio: RunningStudio) -> None:
    vera = Visitor(studio)
    status, answer = vera.ask("/api/login", "POST", {"name": "VERA", "password": PASSWORD})
    assert (status, answer["user"], answer["role"]) == (200, "vera", "viewer")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= {word.strip() for word in vera.set_cookie.split(";")}
    vera.csrf = answer["csrf"]
    assert vera.ask("/api/studio")[0] == 200
    kept = vera.cookie
    assert vera.ask("/api/logout", "POST")[0] == 200
    vera.cookie = kept
    assert vera.ask("/api/studio")[0] == 401


def test_a_tablet_is_paired_by_a_code_and_can_do_no_more_than_its_maker(
    studio: RunningStudio, operator: Visitor
) -> None:
    status, offer = operator.ask("/api/account/pairing", "POST", {"role": "viewer", "label": "at the table"})
    assert status == 200
    assert offer["url"].endswith(f"/login#pair={offer['code']}")
    assert offer["picture"].startswith("data:image/svg+xml")
    tablet = Visitor(studio)
    status, answer = tablet.ask("/api/pair", "POST", {"code": offer["code"].lower()})
    assert (status, answer["user"], answer["role"]) == (200, "otto", "viewer")
    tablet.csrf = answer["csrf"]
    assert command(tablet, "record.start")[0] == 403
    assert Visitor(studio).ask("/api/pair", "POST", {"code": offer["code"]})[0] == 401
    assert operator.ask("/api/account/pairing", "POST", {"role": "admin", "label": "x"})[0] == 422
    mine = operator.ask("/api/account")[1]["sessions"]
    lost = next(one["id"] for one in mine if one["kind"] == "tablet")
    assert operator.ask(f"/api/account/sessions/{lost}", "DELETE")[0] == 204
    assert tablet.ask("/api/studio")[0] == 401


def test_a_program_signs_in_by_its_token(studio: RunningStudio, capsys: pytest.CaptureFixture[str]) -> None:
    from app.__main__ import main

    assert main(["user", "token", "lea", "--data-dir", str(studio.data_dir)]) == 0
    token = capsys.readouterr().out.split()[-1]
    program = Visitor(studio)
    assert program.ask("/api/audit", Authorization=f"Bearer {token}")[0] == 200
    assert program.ask("/api/studio", Authorization="Bearer wrong")[0] == 401
    figures = program.ask("/metrics", Authorization=f"Bearer {token}")[1]
    assert "understudy_rig_connected 1.0" in figures
    assert 'understudy_rig_phase{phase="' in figures
    assert 'understudy_http_answers_total{line="GET /api/audit",status="200"}' in figures
    assert "understudy_web_process_resident_memory_bytes" in figures


def test_the_last_admin_stays(admin: Visitor) -> None:
    assert admin.ask("/api/accounts/ada", "DELETE")[1]["code"] == "last_admin"
    assert admin.ask("/api/accounts/ada", "PUT", {"role": "lead"})[1]["code"] == "last_admin"


def test_answers_tell_the_browser_what_to_refuse(studio: RunningStudio) -> None:
    with urllib.request.urlopen(studio.url + "/login", timeout=60, context=studio.trust) as answer:
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_health_tells_a_stranger_only_whether(studio: RunningStudio) -> None:
    assert Visitor(studio).ask("/health/ready")[0] == 200
    assert {"GET /health/live", "GET /health/ready"} <= OPEN
    assert Rules([]).right("GET", "/health/ready") is Right.look  # open by its line, not by chance


def test_the_door_holds_with_a_database_of_strangers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.__main__ import main

    assert main(["serve", "--host", "0.0.0.0", "--data-dir", str(tmp_path)]) == 1
    assert "user add NAME --role admin" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["%2e%2e", "%2e", "..%5c..", "%00", "~", "x%0ay", "con%3a"])
def test_no_name_leaves_the_data_folder(studio: RunningStudio, admin: Visitor, name: str) -> None:
    """Every route that takes a name, by whoever may do everything: refused in words, and nothing is gone or new."""
    before = folders(studio.data_dir)
    for line in sorted(line for line in ROUTES if "{" in line and not line.startswith("GET /api/jobs")):
        method, path = line.split(" ", 1)
        for part in re.findall(r"{(\w+)}", path):
            path = path.replace("{" + part + "}", name if part not in ("index", "number") else "0")
        status, answer = admin.ask(path, method, None if method in ("GET", "DELETE") else {})
        assert 400 <= status < 500 or path.startswith("/datasets/") or status == 303, (line, status, answer)
    assert folders(studio.data_dir) == before


def test_no_argument_leaves_the_data_folder(lead: Visitor, operator: Visitor) -> None:
    for path, body in (
        ("/api/exports/describe", {"checkpoint": "/etc"}),
        ("/api/jobs/export.run", {"checkpoint": "../..", "name": "x"}),
    ):
        status, answer = lead.ask(path, "POST", body)
        assert (status, answer["code"]) == (422, "outside_data"), (path, answer)
    assert command(operator, "policy.open", policy="/etc")[1]["code"] == "outside_data"


def folders(data: Path) -> set[str]:
    return {str(path.relative_to(data)) for path in data.rglob("*") if "audit" not in path.parts}
