"""Proves that every dependency has a wheel for 64-bit ARM Linux and Python 3.12: `python tests/ship/arm64.py`.

uv resolves the pinned requirements as if it ran on such a machine and may build nothing, so what it prints installs
there as it is. The base install must resolve on glibc 2.28 (Debian 10, RHEL 8 and later), with LeRobot and the export
tools on glibc 2.35 (Ubuntu 22.04, Raspberry Pi OS 12, JetPack 6). Nothing is downloaded but metadata; about 30 s.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.ship import pins

PYTHON = "3.12"
BUILT_THERE = ("docopt", "feetech-servo-sdk")  # pure Python without a wheel: built anywhere in a second


@dataclass(frozen=True)
class Claim:
    """What is claimed: that these extras install on that libc."""

    name: str
    glibc: str
    extras: tuple[str, ...] = ()
    built: tuple[str, ...] = ()


CLAIMS = (
    Claim("base install", "2_28"),
    Claim("with LeRobot and export tools", "2_35", ("lerobot", "export"), BUILT_THERE),
)


def command(claim: Claim) -> list[str]:
    words = [pins._uv(), "pip", "compile", "pyproject.toml", "--quiet", "--no-header", "--no-annotate"]
    words += ["--python-version", PYTHON, "--python-platform", f"aarch64-manylinux_{claim.glibc}"]
    words += ["--only-binary", ":all:"]
    for extra in claim.extras:
        words += ["--extra", extra]
    for name in claim.built:
        words += ["--no-binary", name]
    return words


def proven(claim: Claim) -> tuple[list[str], str]:
    """The packages with their versions, or [] and uv's reason."""
    done = subprocess.run(command(claim), cwd=pins.ROOT, capture_output=True, text=True)
    found = [line for line in done.stdout.splitlines() if "==" in line]
    return (found, "") if done.returncode == 0 else ([], done.stderr.strip())


def main(claims: Sequence[Claim] = CLAIMS) -> int:
    wrong = 0
    for claim in claims:
        found, reason = proven(claim)
        libc = claim.glibc.replace("_", ".")
        if reason:
            wrong += 1
            print(f"NOT PROVEN: {claim.name}, glibc {libc}:\n{reason}")
            continue
        print(f"{claim.name}, aarch64, glibc {libc}, Python {PYTHON}: {len(found)} packages, each with a wheel", end="")
        print(f" but {', '.join(claim.built)} (pure Python)" if claim.built else "")
        torch = [line for line in found if line.startswith(("torch", "nvidia", "cuda"))]
        print("  " + ", ".join(torch) if torch else "  no torch")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
