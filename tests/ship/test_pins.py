"""That an install next year gives the same versions, and that no committed file names a package registry's host."""

from __future__ import annotations

import ast
import importlib.metadata
import json
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.ship import pins

ROOT = pins.ROOT
# Written in pieces, so that this file does not name them either.
REGISTRIES = ["py" + "pi.org", "files.python" + "hosted.org", "registry.npm" + "js.org", "registry.yarn" + "pkg.com"]


def installed() -> dict[str, str]:
    found = importlib.metadata.distributions()
    return {pins.normalized(each.metadata["Name"]): each.version for each in found}


def reachable(names: set[str]) -> set[str]:
    """`names` and every installed distribution that one of them requires, extras and other platforms included."""
    known = installed()
    todo, seen = {name for name in names if name in known}, set[str]()
    while todo:
        name = todo.pop()
        seen.add(name)
        for line in importlib.metadata.requires(name) or []:
            below = pins.normalized(Requirement(line).name)
            if below in known and below not in seen and below != pins.NAME:
                todo.add(below)
    return seen


def tracked() -> Iterator[Path]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    yield from (ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file())


def requirements() -> Iterator[Requirement]:
    project = tomllib.loads(pins.PROJECT.read_text())
    lines = [*project["project"]["dependencies"], *project["dependency-groups"]["test"]]
    for extra in project["project"]["optional-dependencies"].values():
        lines += extra
    yield from map(Requirement, lines)


def test_everything_installed_is_what_the_pins_say() -> None:
    pinned = pins.pins()
    needed = reachable({pins.normalized(requirement.name) for requirement in requirements()})
    wrong = {
        name: (version, pinned.get(name, "not pinned"))
        for name, version in installed().items()
        if (name in needed or name in pinned) and pinned.get(name) != version
    }
    assert wrong == {}, "installed and pinned differ: run tests/ship/pins.py, or make the environment anew"


def test_every_requirement_is_pinned_within_its_own_bounds() -> None:
    pinned = pins.pins()
    for requirement in requirements():
        assert requirement.specifier.contains(pinned[pins.normalized(requirement.name)]), str(requirement)


def test_what_builds_the_package_is_pinned_too() -> None:
    pinned = pins.pins("build-constraint-dependencies")
    for line in tomllib.loads(pins.PROJECT.read_text())["build-system"]["requires"]:
        requirement = Requirement(line)
        assert str(requirement.specifier) == f"=={pinned[pins.normalized(requirement.name)]}"


def test_lerobot_is_the_version_that_the_oracle_speaks_for() -> None:
    assert pins.pins()["lerobot"] == "0.6.1"


def test_on_arm64_torch_is_the_one_that_asks_for_no_cuda() -> None:
    board = {"platform_machine": "aarch64", "sys_platform": "linux"}
    assert pins.pins(environment=board)["torch"].startswith("2.10.")
    assert pins.pins(environment=board | {"platform_machine": "x86_64"})["torch"].startswith("2.11.")
    kept = ["torch==2 ; sys_platform == 'linux'"]
    text = pins.written("c = [\n]\n", "c", {"tornado": "1", "abc": "1"}, kept)
    assert text == 'c = [\n    "abc==1",\n    "torch==2 ; sys_platform == \'linux\'",\n    "tornado==1",\n]\n'


def test_writing_the_pins_replaces_the_list_and_nothing_else() -> None:
    text = 'a = 1\nconstraint-dependencies = [\n    "old==1",\n]\nb = [\n    "c==2",\n]\n'
    changed = pins.written(text, "constraint-dependencies", {"new": "2", "also": "3"})
    assert changed == 'a = 1\nconstraint-dependencies = [\n    "also==3",\n    "new==2",\n]\nb = [\n    "c==2",\n]\n'


def test_no_committed_file_names_a_registry() -> None:
    naming = [
        (str(path.relative_to(ROOT)), host)
        for path in tracked()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()
    ]
    assert naming == []


def test_the_npm_lock_pins_by_hash_and_names_no_address() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    fetched = {name: package for name, package in packages.items() if name}
    assert fetched
    assert all(package["integrity"].startswith("sha512-") for package in fetched.values())
    assert not [name for name, package in fetched.items() if "resolved" in package]


@pytest.mark.parametrize("room", sorted(path.name for path in (ROOT / "app").iterdir() if path.is_dir()))
def test_what_a_room_imports_is_in_the_base_install_or_the_lerobot_extra(room: str) -> None:
    project = tomllib.loads(pins.PROJECT.read_text())["project"]
    base = {pins.normalized(Requirement(line).name) for line in project["dependencies"]}
    allowed = base | {"lerobot", "torch", "torchvision", "transformers", "safetensors", "starlette", "pyopengl"}
    for extra in ("export", "ray"):
        allowed |= {pins.normalized(Requirement(line).name) for line in project["optional-dependencies"][extra]}
    allowed |= brought_by("lerobot", "huggingface-hub") | brought_by("datasets", "fsspec")
    owners = importlib.metadata.packages_distributions()
    workers = ROOT / "app/export/lanes/workers"  # run in environments that are made on demand
    for path in set((ROOT / "app" / room).rglob("*.py")) - set(workers.glob("*.py")):
        for module in imported(path):
            if module in sys.stdlib_module_names or module in ("app", "__future__"):
                continue
            names = {pins.normalized(owner) for owner in owners.get(module, [module])}
            assert names & allowed, f"{path.relative_to(ROOT)} imports {module}, which no dependency brings"


def brought_by(package: str, name: str) -> set[str]:
    """`name`, if `package` of the lerobot extra requires it by itself."""
    required = {pins.normalized(Requirement(line).name) for line in importlib.metadata.requires(package) or ()}
    return {name} & required


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0]
