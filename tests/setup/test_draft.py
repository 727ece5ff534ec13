"""What the set-up writes is what a rig file says, whatever is in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Invalid
from app.devices.rigfile import RigFile, load_rig_file
from app.setup.draft import save_rig

text = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=20)
option = st.one_of(st.booleans(), st.integers(-(2**31), 2**31), st.floats(allow_nan=False), text)


def rig(**changes: object) -> RigFile:
    base = {
        "name": "station-1",
        "arm": {"id": "a", "port": "/dev/a", "limits": {"gripper": {"lower": 5}}},
        "leader": {"id": "b", "port": "/dev/b", "fingerprint": "5c1f09aa"},
        "cameras": [{"name": "top", "path": "/dev/v", "lock": {"exposure": 120}}],
    }
    return RigFile.model_validate(base | changes)


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(text, option, max_size=4), text, text)
def test_every_rig_reads_back_as_itself(
    tmp_path_factory: pytest.TempPathFactory, options: dict, id_: str, port: str
) -> None:
    made = rig(arm={"id": id_, "port": port, "options": options, "on_fault": "limp"})
    folder = tmp_path_factory.getbasetemp()
    assert load_rig_file(save_rig(folder, made)) == made


def test_the_file_is_the_one_of_the_docs(tmp_path: Path) -> None:
    text = save_rig(tmp_path, rig()).read_text(encoding="utf-8")
    assert text.startswith('name = "station-1"\n\n[arm]\ntype = "so101_follower"\nid = "a"\nport = "/dev/a"\n')
    assert "[arm.limits.gripper]\nlower = 5.0\n" in text
    assert '[[cameras]]\nname = "top"\npath = "/dev/v"\nlock = { exposure = 120 }\n' in text


def test_what_toml_cannot_say_is_refused_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        save_rig(tmp_path, rig(arm={"id": "a", "port": "/dev/a", "options": {"nothing": None}}))
    assert list(tmp_path.iterdir()) == []
