"""The studio over its own wire: real processes, the protocol, and whatever bad input there is."""

from __future__ import annotations

import json
import urllib.request
import uuid

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from app.datasets import DatasetStore
from tests.studio import RunningStudio


@pytest.fixture
def name() -> str:
    return f"d-{uuid.uuid4().hex[:8]}"


def record(studio: RunningStudio, dataset: str) -> dict:
    """A success of at least 25 rows in which a person moved the arm by some degrees."""
    with studio.program("recorder-1") as program:
        program.must("record.setup", dataset=dataset, operator="Ada")
        program.must("lease.acquire", label="test")
        program.begin()
        program.read(lambda: bool(program.arm))
        there, way = program.arm["tool_mm"][0], 1 if program.arm["tool_mm"][0] < 250 else -1
        program.drive_until(
            lambda: abs(program.arm["tool_mm"][0] - there) > 15 and program.state["recorder"]["take"]["rows"] >= 25,
            linear_m_s=[0.05 * way, 0.0, 0.0],
        )
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
        program.ask("lease.release")  # it may have lapsed while the files were written
        return program.state["recorder"]["last_saved"]


def test_an_episode_recorded_over_the_wire_has_a_picture_for_every_row(studio: RunningStudio, name: str) -> None:
    receipt = record(studio, name)
    assert receipt["rows"] >= 25
    assert receipt["outcome"] == "success"
    episode = studio.get(f"/api/datasets/{name}/episodes/0")
    assert episode["rows"] == receipt["rows"]
    assert episode["operator"] == "Ada"
    assert episode["studio"]["driver"] == "person"
    assert episode["studio"]["placed_source"] == "simulator"
    assert set(episode["videos"]) == {"top", "gripper", "left"}
    signals = studio.get(f"/api/datasets/{name}/episodes/0/signals")
    assert len(signals["time_s"]) == receipt["rows"]
    assert [len(joint) for joint in signals["action"]] == [receipt["rows"]] * 6
    moved = max(max(joint) - min(joint) for joint in signals["state"])
    assert moved > 1.0


def test_video_is_served_in_ranges(studio: RunningStudio, name: str) -> None:
    record(studio, name)
    request = urllib.request.Request(
        f"{studio.url}/api/datasets/{name}/episodes/0/video/top", headers={"Range": "bytes=0-99"}
    )
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 206
        assert len(answer.read()) == 100


def test_undo_takes_the_last_save_back(studio: RunningStudio, name: str) -> None:
    record(studio, name)
    with studio.program("undoer") as program:
        program.must("record.undo")
        program.read(lambda: program.state["recorder"]["saved_episodes"] == 0)
        assert not program.ask("record.undo")["ok"]
    assert studio.get(f"/api/datasets/{name}")["episodes"] == 0


def test_a_closed_tab_loses_nothing_and_a_new_one_finds_the_take_as_it_is(studio: RunningStudio, name: str) -> None:
    with studio.program("tab-1") as first:
        first.must("record.setup", dataset=name)
        first.begin()
        take = first.state["recorder"]["take"]["uuid"]
    with studio.program("tab-2") as second:
        assert second.state["recorder"]["phase"] == "recording"
        assert second.state["recorder"]["take"]["uuid"] == take
        second.read(lambda: second.state["recorder"]["take"]["rows"] > 20)
        second.must("record.stop")
        second.must("record.discard")
        second.read(lambda: second.state["recorder"]["phase"] == "idle")


def test_pause_records_nothing_and_resume_goes_on(studio: RunningStudio, name: str) -> None:
    with studio.program("pauser") as program:
        program.must("record.setup", dataset=name)
        program.begin()
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) > 5)
        program.must("record.pause")
        program.read(lambda: program.state["recorder"]["phase"] == "paused")
        rows = program.state["recorder"]["take"]["rows"]
        program.drive(0.5)
        assert program.state["recorder"]["take"]["rows"] == rows
        program.must("record.resume")
        program.read(lambda: program.state["recorder"]["take"]["rows"] > rows)
        program.must("record.save", outcome="failure")


def test_a_countdown_can_be_cancelled(studio: RunningStudio, name: str) -> None:
    with studio.program("nervous") as program:
        program.must("record.setup", dataset=name)
        program.begin(skip_countdown=False)
        program.read(lambda: program.state["recorder"]["phase"] == "countdown")
        program.must("record.cancel")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
    assert name not in {dataset["name"] for dataset in studio.get("/api/datasets")}


def test_a_forgotten_take_ends_at_its_maximum_length_and_waits_for_a_decision(studio: RunningStudio, name: str) -> None:
    with studio.program("forgetful") as program:
        program.must("record.setup", dataset=name, max_take_s=1.5)
        program.begin()
        program.read(lambda: program.state["recorder"]["phase"] == "deciding")
        assert program.state["recorder"]["take"]["rows"] == 45
        assert "maximum length" in program.state["recorder"]["fault"]
        program.must("record.save", outcome="partial")
        program.must("record.setup", max_take_s=120)
    assert studio.get(f"/api/datasets/{name}/episodes/0")["rows"] == 45


def test_again_drops_the_take_and_counts_down_for_its_repetition(studio: RunningStudio, name: str) -> None:
    with studio.program("again") as program:
        program.must("record.setup", dataset=name)
        program.begin()
        first = program.state["recorder"]["take"]["uuid"]
        program.must("record.discard", again=True)
        program.read(lambda: program.state["recorder"]["phase"] == "recording")
        assert program.state["recorder"]["take"]["uuid"] != first
        program.must("record.discard")


def test_practice_records_nothing_and_says_so(studio: RunningStudio, name: str) -> None:
    with studio.program("pupil") as program:
        program.must("record.setup", dataset=name, practice=True)
        program.begin()
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) > 5)
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["phase"] == "idle")
        assert program.state["recorder"]["last_saved"] is None
        program.must("record.setup", practice=False)
    assert not (studio.data_dir / "datasets" / name).exists()


def test_recovery_marks_become_rows(studio: RunningStudio, name: str) -> None:
    with studio.program("marker") as program:
        program.must("record.setup", dataset=name)
        program.begin()
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) > 5)
        program.must("record.recovery", open=True)
        program.read(lambda: program.state["recorder"]["take"]["recovery_rows"] > 5)
        program.must("record.recovery", open=False)
        program.must("record.save", outcome="success", recovery_cause="slipped grasp")
    signals = studio.get(f"/api/datasets/{name}/episodes/0/signals")
    assert any(signals["recovery"])
    assert not all(signals["recovery"])
    studied = studio.get(f"/api/datasets/{name}/episodes/0")["studio"]
    assert (studied["kind"], studied["recovery_cause"]) == ("recovery", "slipped grasp")


def test_one_holder_moves_the_arm_and_everybody_sees_who(studio: RunningStudio) -> None:
    with studio.program("holder") as holder, studio.program("other") as other:
        holder.must("lease.acquire", label="Ada at the desk")
        other.read(lambda: other.state["lease"]["label"] == "Ada at the desk")
        assert not other.state["lease"]["mine"]
        refused = other.ask("home")
        assert refused["code"] == "not_holder"
        assert "Ada at the desk" in refused["text"]
        asked = other.ask("lease.acquire", label="Bob")
        assert asked["ok"]
        holder.tell("beat")
        holder.read(lambda: holder.state["lease"]["asked_label"] == "Bob")
        holder.must("lease.answer", grant=True)
        other.read(lambda: other.state["lease"]["mine"])
        other.must("lease.release")


def test_a_closed_tab_asks_no_longer(studio: RunningStudio) -> None:
    with studio.program("keeper") as keeper:
        keeper.must("lease.acquire", label="keeper")
        with studio.program("gone") as gone:
            gone.must("lease.acquire", label="Gone")
            keeper.tell("beat")
            keeper.read(lambda: keeper.state["lease"]["asked_label"] == "Gone")
        keeper.read(lambda: keeper.state["lease"]["asked_label"] == "")
        keeper.drive(0.2)
        keeper.must("lease.release")


def test_anybody_stops_the_arm_and_only_a_reset_frees_it(studio: RunningStudio) -> None:
    with studio.program("driver") as driver, studio.program("bystander") as bystander:
        driver.must("lease.acquire", label="driver")
        bystander.must("stop")
        driver.read(lambda: driver.state["rig"]["phase"] == "stopped")
        driver.drive(0.5, linear_m_s=[0.1, 0.0, 0.0])
        assert driver.state["rig"]["phase"] == "stopped"
        blocked = driver.ask("record.start", skip_countdown=True)
        assert not blocked["ok"]
        assert "stopped" in blocked["text"]
        bystander.must("stop.reset")
        driver.read(lambda: driver.state["rig"]["phase"] == "holding")
    assert studio.status("/api/stop", "POST") == 200
    assert studio.ask("/api/command", "POST", {"type": "stop.reset"})[0] == 200


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("not json", "invalid"),
        ('{"type":"no.such"}', "invalid"),
        ('{"type":"jog","sequence":1,"surprise":2}', "invalid"),
        ('{"type":"jog","sequence":1,"linear_m_s":[NaN,0,0]}', "invalid"),
        ('{"type":"target","sequence":1,"position":[Infinity,0,0,0,0,0]}', "invalid"),
        ('{"type":"target","sequence":1,"position":"up"}', "invalid"),
        ('{"type":"target","sequence":-1,"position":[0]}', "invalid"),
        ('{"type":"record.save","outcome":"great"}', "invalid"),
        ('{"type":"lease.acquire","label":""}', "invalid"),
        ("[]", "invalid"),
        (b"\x00\x01", "not_text"),
    ],
)
def test_a_bad_message_is_answered_in_words_and_the_socket_lives(
    studio: RunningStudio, sent: str | bytes, code: str
) -> None:
    with studio.program("clumsy") as program:
        program.socket.send(sent)
        program.read(lambda: bool(program.refusals))
        assert program.refusals[0]["code"] == code
        assert program.refusals[0]["todo"]
        program.must("record.setup")


def test_a_wrong_number_of_targets_names_the_joints(studio: RunningStudio) -> None:
    with studio.program("short") as program:
        program.must("lease.acquire", label="short")
        reply = program.ask("target", sequence=1, position=[1.0, 2.0])
        assert not reply["ok"]
        assert "shoulder_pan" in reply["todo"]
        program.must("lease.release")


def test_a_number_beyond_what_a_browser_counts_to_is_refused_in_words(studio: RunningStudio) -> None:
    with studio.program("odd") as odd:
        odd.tell("jog", id=7, sequence=2**70)
        odd.read(lambda: bool(odd.refusals))
        assert odd.refusals[-1]["code"] == "invalid"


def test_an_oversize_message_ends_that_socket_only(studio: RunningStudio) -> None:
    with studio.program("loud") as program:
        program.socket.send(json.dumps({"type": "record.setup", "task": "x" * 100_000}))
        with pytest.raises(ConnectionClosed):
            program.read(lambda: False)
    assert studio.status("/health/ready") == 200


@pytest.mark.parametrize("bad", ["../evil", "..", ".hidden", "a/b", "", " ", "a\nb", "x" * 200])
def test_a_dataset_name_cannot_leave_its_folder(studio: RunningStudio, bad: str) -> None:
    with studio.program("namer") as program:
        before = program.state["recorder"]["dataset"]
        program.tell("record.setup", id=7, dataset=bad)
        program.read(lambda: bool(program.refusals))
        assert program.state["recorder"]["dataset"] == before
    status, body = studio.ask("/api/datasets", "POST", {"name": bad})
    assert status in (409, 422)
    assert body["todo"]


def test_errors_are_problem_details(studio: RunningStudio) -> None:
    for path in ("/api/datasets/nowhere", "/api/datasets/nowhere/episodes/0", "/api/nothing"):
        status, body = studio.ask(path, "GET", None)
        assert status == 404
        assert body["status"] == 404
        assert body["title"]
    status, body = studio.ask("/api/command", "POST", {"type": "record.pause"})
    assert (status, body["code"]) == (409, "illegal_move")
    assert body["todo"]


def test_a_person_who_opens_what_is_not_there_gets_a_page(studio: RunningStudio) -> None:
    status, body = studio.ask("/datasets/nowhere", "GET", None, Accept="text/html")
    assert status == 404
    assert "<html" in body
    assert "nowhere" in body


def test_foreign_pages_and_foreign_names_are_refused(studio: RunningStudio) -> None:
    assert studio.status("/api/stop", "POST", Origin="http://evil.example") == 403
    assert studio.status("/api/studio", "GET", Host="evil.example") == 403
    address = studio.url.replace("http", "ws", 1)
    for path in ("/ws/studio", "/ws/live"):
        with pytest.raises(InvalidStatus), connect(f"{address}{path}", origin=Origin("http://evil.example")):
            pass


def test_every_route_is_described(studio: RunningStudio) -> None:
    paths = studio.get("/openapi.json")["paths"]
    for route in (
        "/health/ready",
        "/api/studio",
        "/api/command",
        "/api/stop",
        "/api/datasets",
        "/api/datasets/{name}/episodes/{index}/video/{camera}",
        "/api/takes/{uuid}/keep",
    ):
        assert route in paths


def test_a_dataset_of_another_schema_is_refused_in_words(studio: RunningStudio, name: str) -> None:
    from app.datasets import CameraFormat, DatasetFormat

    other = DatasetFormat(30, "other_arm", ("a", "b"), (CameraFormat("wrist", 320, 240),))
    DatasetStore(studio.data_dir / "datasets").create(name, other)
    with studio.program("mismatch") as program:
        program.must("record.setup", dataset=name)
        refused = program.ask("record.start", skip_countdown=True)
        assert not refused["ok"]
        assert name in refused["text"]
        assert refused["todo"]
        program.must("record.setup", dataset=f"{name}-own")


def test_an_empty_task_is_refused(studio: RunningStudio) -> None:
    with studio.program("terse") as program:
        program.tell("record.setup", id=3, task="   ")
        program.read(lambda: bool(program.refusals))
        assert "task" in program.refusals[0]["text"]


def test_nobody_drives_nobody_is_written_down(studio: RunningStudio, name: str) -> None:
    with studio.program("idle") as program:
        program.must("record.setup", dataset=name)
        program.begin()
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) > 5)
        program.must("record.save", outcome="failure")
    facts = studio.get(f"/api/datasets/{name}/episodes/0")["studio"]
    assert (facts["driver"], facts["input"]) == ("", "")


def test_the_scene_is_not_reset_while_somebody_else_drives(studio: RunningStudio) -> None:
    with studio.program("driver-7") as driver, studio.program("meddler") as meddler:
        driver.must("lease.acquire", label="Ada")
        refused = meddler.ask("place", x_cm=25, y_cm=5, yaw_deg=0, start="nominal")
        assert not refused["ok"]
        assert "Ada" in refused["text"]
        driver.tell("beat")
        driver.must("place", x_cm=25, y_cm=5, yaw_deg=0, start="nominal")
        refused = driver.ask("place", x_cm=300, y_cm=5, yaw_deg=0)
        assert not refused["ok"]
        assert refused["todo"]
        driver.must("lease.release")
