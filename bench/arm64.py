"""An artifact's own check on arm64 without a board: qemu-user, Debian's Python for arm64, and arm64 wheels.

Functional parity only: an emulated processor's milliseconds say nothing. Opt-in, since it fetches some 60 MB from
Debian and the Python package index by their own clients, and installs nothing on this machine.

    ./understudy bench arm64 [--artifact FOLDER] [--keep FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.outcome import Outcome, Reach

DEBIAN = ("python3.11-minimal", "libpython3.11-stdlib", "libstdc++6", "zlib1g", "libgomp1")
# ONNX Runtime 1.31 and 1.32 and LiteRT 2.3.0 end with a segmentation fault under qemu 7.2; these do not.
# A Raspberry Pi 5's; with qemu 7.2's own "max" LiteRT's int8 kernels compute something else.
CPU = "cortex-a76"
WHEELS = {
    "onnxruntime": ("onnxruntime==1.24.4",),
    "litert": ("ai-edge-litert==2.1.5",),
    "openvino": ("openvino==2026.4.1",),
}
APT = """
Dir::State::lists "{0}/lists";
Dir::State::status "/dev/null";
Dir::Cache "{0}/cache";
Dir::Cache::archives "{0}/debs";
APT::Architecture "arm64";
APT::Architectures {{ "arm64"; }};
APT::Sandbox::User "root";
"""
PARITY = re.compile(r"parity with the machine that made it: (\S+) \(at most (\S+)\)")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench arm64")
    parser.add_argument("--artifact", type=Path, help="default: a small ACT with random weights, exported for it")
    parser.add_argument("--keep", type=Path, help="keep the arm64 system here, and use it again")
    parser.add_argument("--quick", action="store_true", help="the same: this bench has no smaller form")
    chosen = parser.parse_args(arguments)
    qemu = shutil.which("qemu-aarch64") or shutil.which("qemu-aarch64-static")
    if qemu is None:
        print("qemu-aarch64 is not here: apt-get install --no-install-recommends qemu-user", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="understudy-arm64-") as folder:
        artifact = chosen.artifact or small_artifact(Path(folder))
        lanes = {stage["lane"] for stage in json.loads((artifact / "policy.json").read_text())["stages"]}
        home = chosen.keep or Path(folder) / "arm64"
        python = [qemu, "-L", str(system(home)), str(home / "system/usr/bin/python3.11")]
        done = subprocess.run(
            [*python, "-m", "runner", "--check", "--repeat", "1"],
            cwd=artifact,
            env={
                **os.environ,
                "QEMU_CPU": CPU,
                "PYTHONPATH": os.pathsep.join([str(artifact), str(wheels(home, lanes))]),
            },
            capture_output=True,
            text=True,
        )
    print(done.stdout, done.stderr, sep="\n")
    found = PARITY.search(done.stdout)
    figures = {
        "arm64_parity": float(found[1]) if found else float("nan"),
        "arm64_status": float(done.returncode),
    }
    reach = {"arm64_parity": Reach(at_most=float(found[2]) if found else 0.0), "arm64_status": Reach(at_most=0.0)}
    print(Outcome("arm64", figures, {}, reach).line())
    return done.returncode


def system(home: Path) -> Path:
    """Debian's Python for arm64, unpacked and not installed."""
    root, apt = home / "system", home / "apt"
    if (root / "usr/bin/python3.11").exists():
        return root
    for name in ("lists/partial", "cache", "debs/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "apt.conf").write_text(APT.format(apt.resolve()))
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    fetch = ["apt-get", "install", "-y", "--download-only", "--no-install-recommends", *DEBIAN]
    for command in (["apt-get", "update"], fetch):
        subprocess.run(command, env=environment, check=True, capture_output=True)
    for package in sorted((apt / "debs").glob("*.deb")):
        subprocess.run(["dpkg", "-x", str(package), str(root)], check=True)
    return root


def wheels(home: Path, lanes: set[str]) -> Path:
    """numpy and the lanes' runtimes for arm64, as the package index has them for a board."""
    folder = home / "wheels"
    packages = ["numpy", *[package for lane in sorted(lanes) for package in WHEELS[lane]]]
    stamp = folder / "packages.txt"
    if not stamp.exists() or stamp.read_text() != "\n".join(packages):
        uv = [shutil.which("uv") or "uv", "pip", "install", "--quiet", "--target", str(folder.resolve())]
        platform = ["--python-platform", "aarch64-manylinux_2_28", "--python-version", "3.11", "--only-binary", ":all:"]
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([*uv, *platform, *packages], check=True, cwd=folder)
        stamp.write_text("\n".join(packages))
    return folder.resolve()


def small_artifact(folder: Path) -> Path:
    """Two cameras of 96 px, vision int8 and the decoder's products int8: what a device would get, in small."""
    from app.export.exporting import Request, export
    from bench.export_moments import small_moments
    from bench.random_policies import save_act

    sizes = {"dim_model": 64, "n_heads": 4, "dim_feedforward": 128, "chunk_size": 10, "n_action_steps": 10}
    checkpoint = save_act(folder / "checkpoint", ("top", "gripper"), (96, 96), **sizes)
    words = {"vision": ("int8_static",), "decoder": ("products=int8_dynamic",)}
    request = Request(
        checkpoint,
        folder / "artifact",
        folder / "work",
        within=20.0,
        chunks=1,
        searched=False,
        precisions=words,
        observed=(small_moments(3, 1), small_moments(2, 2)),
    )
    return export(request).folder


if __name__ == "__main__":
    sys.exit(main())
