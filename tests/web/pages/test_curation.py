"""The real server: versions, trash, archive, jobs that outlive it, and what is refused while recording."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import tarfile
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from app.datasets import Dataset
from app.datasets.verification import verify
from tests.datasets.saving import filled
from tests.datasets.scenes import QUICK
from tests.studio import RunningStudio, wait_until

EPISODES = [(0, 9), (100, 12), (200, 7)]


def made(studio: RunningStudio, name: str) -> Dataset:
    """A small dataset, recorded behind the studio's back."""
    folder = studio.data_dir / "datasets" / name
    return Dataset.open(folder, QUICK) if folder.exists() else filled(folder, EPISODES)


def finished(studio: RunningStudio, id_: str) -> dict[str, Any]:
    def over() -> bool:
        return studio.get(f"/api/jobs/{id_}")["job"]["state"] in ("done", "failed", "cancelled")

    wait_until(over, 60, f"job {id_} has ended")
    return studio.get(f"/api/jobs/{id_}")


def test_a_job_is_started_followed_and_listed(studio: RunningStudio) -> None:
    made(studio, "bricks")
    with studio.program("watcher") as watcher:
        status, job = studio.ask("/api/jobs/dataset.verify", "POST", {"dataset": "bricks"})
        assert (status, job["title"], job["about"]) == (201, "Verify bricks", ["bricks"])
        watcher.read(lambda: any(one["id"] == job["id"] and one["state"] == "done" for one in watcher.state["jobs"]))
    found = finished(studio, job["id"])
    assert found["values"]["sound"] is True
    assert found["arguments"] == {"dataset": "bricks", "repair": False}
    assert studio.get("/api/jobs?about=bricks")["jobs"][0]["id"] == job["id"]
    assert studio.get("/api/jobs?about=cups")["total"] == 0
    lines = studio.get(f"/api/jobs/{job['id']}/log?search=sound")["lines"]
    assert "bricks is sound" in lines[-1]["text"]
    status, refusal = studio.ask(f"/api/jobs/{job['id']}/cancel", "POST", None)
    assert (status, refusal["code"]) == (409, "job_ended")


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("dataset.verify", {"dataset": "nothing"}, 404),
        ("dataset.verify", {"dataset": "../bricks"}, 422),
        ("dataset.verify", {"dataset": "bricks", "shell": "ls"}, 422),
        ("dataset.trim", {"dataset": "bricks", "cuts": [{"episode": 0, "start": 5, "stop": 3}]}, 422),
        ("dataset.publish.url", {"dataset": "bricks", "url": "s3://key:secret@bucket/x"}, 409),
        ("dataset.publish.hub", {"dataset": "bricks", "repo_id": "no slash"}, 422),
        ("rm", {}, 405),
    ],
)
def test_what_makes_no_sense_is_no_job(studio: RunningStudio, kind: str, body: object, status: int) -> None:
    made(studio, "bricks")
    before = studio.get("/api/jobs")["total"]
    got, refusal = studio.ask(f"/api/jobs/{kind}", "POST", body)
    assert (got, bool(refusal["title"])) == (status, True)
    assert studio.get("/api/jobs")["total"] == before


def test_a_trim_over_http_changes_the_episode(studio: RunningStudio) -> None:
    made(studio, "trimmed")
    body = {"dataset": "trimmed", "cuts": [{"episode": 1, "start": 2, "stop": 10}]}
    _, job = studio.ask("/api/jobs/dataset.trim", "POST", body)
    found = finished(studio, job["id"])
    assert found["job"]["text"] == "4 rows were cut off episode 2."
    episode = studio.get("/api/datasets/trimmed/episodes/1")
    assert (episode["rows"], episode["studio"]["parent_uuid"]) == (8, "trimmed-100")
    assert verify(studio.data_dir / "datasets/trimmed").sound


def test_a_version_stays_as_it_was(studio: RunningStudio) -> None:
    dataset = made(studio, "versioned")
    status, version = studio.ask("/api/datasets/versioned/versions", "POST", {"name": "v1", "note": "first"})
    assert (status, version["episodes"]) == (201, 3)
    assert studio.ask("/api/datasets/versioned/versions", "POST", {"name": "v1"})[0] == 409
    assert studio.ask("/api/datasets/versioned/versions", "POST", {"name": "../v2"})[0] == 422
    dataset.undo_last(studio.data_dir / "takes")
    dataset.compact()
    assert [one["name"] for one in studio.get("/api/datasets/versioned/versions")] == ["v1"]
    report = verify(studio.data_dir / "datasets/.versions/versioned/v1")
    assert (report.sound, report.episodes) == (True, 3)
    assert studio.ask("/api/datasets/versioned/versions/v1", "DELETE", None)[0] == 200
    assert studio.get("/api/datasets/versioned/versions") == []
    assert verify(dataset.folder).sound


def test_the_trash_keeps_and_a_purge_asks_for_the_name(studio: RunningStudio) -> None:
    made(studio, "thrown")
    status, thrown = studio.ask("/api/datasets/thrown/trash", "POST", None)
    assert status == 200
    assert "thrown" not in [one["name"] for one in studio.get("/api/datasets")]
    entry = next(one for one in studio.get("/api/trash") if one["id"] == thrown["trash"])
    assert (entry["name"], entry["what"], entry["episodes"]) == ("thrown", "Deleted", 3)
    assert studio.ask(f"/api/trash/{entry['id']}/purge", "POST", {"typed": "throw"})[0] == 409
    assert studio.ask("/api/trash/..%2F..%2Fbricks/purge", "POST", {"typed": "bricks"})[0] == 404
    assert studio.ask(f"/api/trash/{entry['id']}/restore", "POST", {"name": "back"})[1] == {"dataset": "back"}
    assert verify(studio.data_dir / "datasets/back").sound
    _, thrown = studio.ask("/api/datasets/back/trash", "POST", None)
    assert studio.ask(f"/api/trash/{thrown['trash']}/purge", "POST", {"typed": "back"})[0] == 200
    assert studio.ask(f"/api/trash/{thrown['trash']}/purge", "POST", {"typed": "back"})[0] == 404


def test_what_is_recorded_into_is_neither_edited_nor_thrown_away(studio: RunningStudio) -> None:
    with studio.program("operator") as operator:
        operator.must("record.setup", dataset="busy", operator="anna", task="Stack")
        operator.begin()
        operator.read(lambda: operator.state["recorder"]["take"]["rows"] > 10)
        operator.must("record.save", outcome="success")
        assert studio.ask("/api/datasets/busy/trash", "POST", None)[1]["code"] == "dataset_in_use"
        operator.begin()
        operator.read(lambda: operator.state["recorder"]["take"]["rows"] > 5)
        body = {"dataset": "busy", "cuts": [{"episode": 0, "start": 1, "stop": 4}]}
        status, refusal = studio.ask("/api/jobs/dataset.trim", "POST", body)
        assert (status, refusal["code"]) == (409, "dataset_recording")
        assert "A take is being recorded into busy" in refusal["title"]
        assert studio.ask("/api/datasets/busy/versions", "POST", {"name": "while-recording"})[0] == 201
        operator.must("record.discard")


def test_a_download_goes_on_where_it_broke_off(studio: RunningStudio, tmp_path: Path) -> None:
    dataset = made(studio, "bricks")
    url = f"{studio.url}/api/datasets/bricks/archive?licence=cc-by-4.0"
    with urllib.request.urlopen(url, timeout=60) as answer:
        whole, tag = answer.read(), answer.headers["ETag"]
        assert int(answer.headers["Content-Length"]) == len(whole)
    parts = b""
    for start, stop in ((0, 1000), (1000, 40_000), (40_000, "")):
        request = urllib.request.Request(url, headers={"Range": f"bytes={start}-{stop and stop - 1}", "If-Range": tag})
        with urllib.request.urlopen(request, timeout=60) as answer:
            assert answer.status == 206
            parts += answer.read()
    assert parts == whole
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        tar.extractall(tmp_path, filter="data")
    assert verify(tmp_path / "bricks").sound
    card = (tmp_path / "bricks/README.md").read_text()
    assert "license: cc-by-4.0" in card
    assert f"| Frames | {dataset.total_frames} at 30 per second" in card
    stale = urllib.request.Request(url, headers={"Range": "bytes=5-9", "If-Range": '"old"'})
    with urllib.request.urlopen(stale, timeout=60) as answer:
        assert answer.status == 200


def test_a_job_outlives_a_killed_studio(fragile: RunningStudio) -> None:
    fragile.start()
    made(fragile, "bricks")
    _, job = fragile.ask("/api/jobs/dataset.verify", "POST", {"dataset": "bricks", "repair": True})
    process = fragile.data_dir / "jobs" / job["id"] / "process.json"
    wait_until(process.exists, 60, "the job runs")
    pid = json.loads(process.read_text())["pid"]
    gone = contextlib.suppress(ProcessLookupError)
    with gone:
        os.kill(pid, signal.SIGSTOP)
    try:
        fragile.kill()
        fragile.start()
        state = fragile.get(f"/api/jobs/{job['id']}")["job"]["state"]
    finally:
        with gone:
            os.kill(pid, signal.SIGCONT)
    assert state in ("running", "done")  # done, where it was quicker than our signal
    assert finished(fragile, job["id"])["job"]["state"] == "done"
