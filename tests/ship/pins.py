"""The pins of pyproject.toml: reads them, and writes them anew from a resolution.

`python tests/ship/pins.py` resolves the project with uv (every extra and group, every platform), writes each version
into `[tool.uv] constraint-dependencies`, and the same for what builds the package. Run it after changing a dependency,
then `./understudy test`. A plain `uv lock` obeys the pins that are there: delete a line to let that package move.

A pin with a marker ("torch==2.10.0 ; platform_machine == 'aarch64' ...") is kept as it was written: which version a
platform gets is decided by a person (docs/decisions/0126-torch-on-arm64.md).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "pyproject.toml"
NAME = "understudy"


def normalized(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(key: str = "constraint-dependencies", environment: dict[str, str] | None = None) -> dict[str, str]:
    """`{name: version}` of the pins written in pyproject.toml that hold on this machine (or in `environment`)."""
    return {
        normalized(pin.name): str(pin.specifier).removeprefix("==")
        for pin in map(Requirement, tomllib.loads(PROJECT.read_text())["tool"]["uv"][key])
        if pin.marker is None or pin.marker.evaluate(environment)
    }


def by_platform() -> list[str]:
    """The pins that differ by platform, as they are written."""
    return [line for line in tomllib.loads(PROJECT.read_text())["tool"]["uv"]["constraint-dependencies"] if ";" in line]


def resolved() -> dict[str, str]:
    """`{name: version}` of everything uv resolves for this project, on any platform."""
    subprocess.run([_uv(), "lock", "--python", sys.executable], cwd=ROOT, check=True)
    packages = tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    kept = {normalized(Requirement(line).name) for line in by_platform()} | {NAME}
    return {package["name"]: package["version"] for package in packages if package["name"] not in kept}


def resolved_build() -> dict[str, str]:
    """The same for the build's own requirements."""
    requires = tomllib.loads(PROJECT.read_text())["build-system"]["requires"]
    setuptools = f"setuptools=={pins()['setuptools']}"  # what the few packages without wheels are built with
    command = [_uv(), "pip", "compile", "--universal", "--quiet", "--no-header", "--no-annotate", "-"]
    wanted = "\n".join([*requires, setuptools, "editables", "wheel"])
    done = subprocess.run(command, cwd=ROOT, check=True, input=wanted, capture_output=True, text=True)
    return dict(line.split("==") for line in done.stdout.splitlines() if "==" in line)


def written(text: str, key: str, versions: dict[str, str], kept: Sequence[str] = ()) -> str:
    """`text` of pyproject.toml with the list `key` replaced by `versions` and the lines `kept`."""
    pinned = [*(f"{name}=={version}" for name, version in versions.items()), *kept]
    pinned.sort(key=lambda line: (line.split("==")[0], line))
    lines = "".join(f'    "{line}",\n' for line in pinned)
    return re.sub(rf"(?ms)^{key} = \[\n.*?^\]", lambda _: f"{key} = [\n{lines}]", text)


def _uv() -> str:
    found = shutil.which("uv")
    if found is None:
        sys.exit("uv is not on PATH: put it there, or run this with the uv the launcher found")
    return found


if __name__ == "__main__":
    text = PROJECT.read_text()
    text = written(text, "constraint-dependencies", resolved(), by_platform())
    text = written(text, "build-constraint-dependencies", resolved_build())
    PROJECT.write_text(text)
