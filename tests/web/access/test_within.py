"""No path that a request names leaves the data folder of a studio that others can reach."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.web.access.within import OutsideData, leaves, refuse_outside


def studio(sign_in: bool) -> Any:
    return SimpleNamespace(access=SimpleNamespace(sign_in=sign_in))


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "~/x", "../x", "a/../../b", "..", "C:\\x", "\\\\host\\share", "a\\..\\b", "//h/x"]
)
def test_what_leaves_is_refused_wherever_it_stands(path: str) -> None:
    assert leaves(path)
    for value in (path, [path], {"checkpoint": path}, {"a": [{"policy": path}]}):
        with pytest.raises(OutsideData):
            refuse_outside(studio(sign_in=True), value)
        refuse_outside(studio(sign_in=False), value)


@pytest.mark.parametrize("sign_in", [True, False])
@pytest.mark.parametrize("path", ["x\0y", "a/" + 128 * "ä"])
def test_a_path_that_no_system_has_is_refused_to_everybody(sign_in: bool, path: str) -> None:
    with pytest.raises(OutsideData):
        refuse_outside(studio(sign_in), {"checkpoint": path})
    refuse_outside(studio(sign_in), {"checkpoint": "a/" + 127 * "ä", "note": path})


@pytest.mark.parametrize(
    "path", ["act-quick", "act/001000", "exports/act-int8", "a..b", "v1.2", "lerobot/smolvla_base", ""]
)
def test_names_of_the_lists_pass(path: str) -> None:
    assert not leaves(path)
    refuse_outside(studio(sign_in=True), {"policy": path, "task": "/ is a sign", "episodes": 3})
