"""What a person sees and keeps when a process dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studio import RunningStudio, end_process, wait_until


def journal(studio: RunningStudio) -> list[Path]:
    """The files of the running take, rows and pictures."""
    found = list((studio.data_dir / "takes").glob("*/*.mp4")) + list((studio.data_dir / "takes").glob("*/rows.arrow"))
    assert found
    return found


def begin_take(studio: RunningStudio, dataset: str = "fragile") -> None:
    with studio.program("tab") as program:
        program.must("record.setup", dataset=dataset, operator="Ada")
        program.begin()
        program.read(lambda: (program.state["recorder"]["take"] or {}).get("rows", 0) > 45)
        program.read(lambda: all(path.stat().st_size > 20_000 for path in journal(studio)))  # a busy disk may lag


def test_a_dead_rig_is_said_in_words_and_started_again_and_the_take_ends_with_what_it_has(
    fragile: RunningStudio,
) -> None:
    fragile.start()
    begin_take(fragile)
    dead = fragile.companion_pid("rig")
    with fragile.program("watcher") as program:
        end_process(dead)
        program.read(lambda: any("SIGKILL" in note["text"] for note in program.state["notes"]))
        program.read(lambda: all(note["cleared"] for note in program.state["notes"] if note["code"] == "rig_down"))
        program.read(lambda: program.state["rig"]["connected"])
        assert fragile.companion_pid("rig") != dead
        recorder = program.state["recorder"]
        assert recorder["phase"] == "deciding"
        assert "kept up to there" in recorder["fault"]
        assert recorder["take"]["rows"] > 45
        program.must("record.save", outcome="partial")
    assert fragile.get("/api/datasets/fragile")["episodes"] == 1
    assert fragile.stop() == 0


def test_dead_cameras_come_back_and_the_gap_is_marked_as_repeated(fragile: RunningStudio) -> None:
    fragile.start()
    begin_take(fragile)
    with fragile.program("watcher") as program:
        end_process(fragile.companion_pid("cameras"))
        program.read(lambda: any(note["code"] == "cameras_down" for note in program.state["notes"]))
        program.read(lambda: all(note["cleared"] for note in program.state["notes"] if note["code"] == "cameras_down"))
        program.read(lambda: len(program.state["cameras"]) == 3)
        program.read(lambda: (program.state["cameras"][0]["measured_fps"] or 0) > 1)
        program.must("record.save", outcome="success")
        program.read(lambda: program.state["recorder"]["last_saved"] is not None)
        saved = program.state["recorder"]["last_saved"]
    assert saved["repeated"] > 0
    signals = fragile.get("/api/datasets/fragile/episodes/0/signals")
    assert any(signals["repeated"]["top"])
    assert not all(signals["repeated"]["top"])
    assert fragile.stop() == 0


@pytest.mark.parametrize("decision", ["keep", "discard"])
def test_a_killed_web_process_finds_the_rig_again_and_offers_the_take(fragile: RunningStudio, decision: str) -> None:
    fragile.start()
    begin_take(fragile)
    rig = fragile.companion_pid("rig")
    fragile.kill()
    fragile.start()
    assert fragile.companion_pid("rig") == rig
    wait_until(lambda: len(fragile.get("/api/takes")) == 1, 60, "the take is offered")
    take = fragile.get("/api/takes")[0]
    assert take["rows"] > 15
    assert fragile.get("/api/datasets") == []
    status, _ = fragile.ask(f"/api/takes/{take['uuid']}/{decision}", "POST", None)
    assert status in (200, 201)
    assert fragile.get("/api/takes") == []
    if decision == "keep":
        assert fragile.get("/api/datasets/fragile/episodes/0")["rows"] == take["rows"]
    else:
        assert fragile.get("/api/datasets") == []
    assert fragile.ask(f"/api/takes/{take['uuid']}/{decision}", "POST", None)[0] == 404
    assert fragile.stop() == 0


def test_a_second_studio_on_the_same_folder_is_refused(fragile: RunningStudio) -> None:
    fragile.start()
    with pytest.raises(AssertionError, match="ended with 1"):
        RunningStudio(fragile.data_dir).start()
    assert fragile.stop() == 0
