"""How long a look of SmolVLA takes here, with random weights: a latency needs no skill, and the real ones are not here.

`python -m bench.smolvla [--quick] [--seconds N]` prints a line of JSON after each look. 450 M random weights are made
in memory, in LeRobot's own network with its own processors; how much of a look the pictures take is told apart.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
THREADS = 2
WARM, TIMED = 1, 3
LAYERS = 16  # of the language model's 32, as the published policy takes them
LIMIT_S = 900.0  # of the whole child, making the weights included


def smolvla_latency(*, quick: bool, limit_s: float = LIMIT_S) -> Mapping[str, Any]:
    """Measured in a child of its own that is ended after `limit_s`: what it told until then counts, {} is nothing."""
    order = [sys.executable, "-m", "bench.smolvla", "--seconds", f"{0.8 * limit_s:g}", *(["--quick"] if quick else [])]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": str(THREADS)}
    try:
        told = subprocess.run(order, env=environment, timeout=limit_s, check=True, capture_output=True, cwd=ROOT).stdout
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        print(f"   SmolVLA's measurement was ended: {error}. {(error.stderr or b'')[-400:]!r}", flush=True)
        told = error.stdout or b""
    lines = [line for line in told.decode(errors="replace").splitlines() if line.startswith("{")]
    return json.loads(lines[-1]) if lines else {}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.smolvla")
    parser.add_argument("--quick", action="store_true", help="a small network: whether every part works")
    parser.add_argument("--seconds", type=float, default=LIMIT_S, help="no look begins after so long")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="understudy-smolvla-") as folder:
        for known in _measured(Path(folder), quick=chosen.quick, ends=time.monotonic() + chosen.seconds):
            print(json.dumps(known), flush=True)
    return 0


def _measured(folder: Path, *, quick: bool, ends: float) -> Iterator[dict[str, Any]]:
    """After each look the median of those after the first, which pages the weights in; first the first alone."""
    import torch

    from bench.random_policies import FULL_VLM, SMALL_VLM, smolvla

    torch.set_num_threads(THREADS)
    sizes, layers = (SMALL_VLM, 4) if quick else (FULL_VLM, LAYERS)
    # Layers that the policy would leave out again are not made at all.
    sizes = {**sizes, "text": {**sizes["text"], "num_hidden_layers": layers}}
    policy, before, _ = smolvla(folder, sizes, num_vlm_layers=layers)
    policy.eval()
    batch = before(_seen(policy))
    parts = _Parts(policy)
    looks: list[float] = []
    while len(looks) < WARM + TIMED and (not looks or time.monotonic() < ends):
        parts.begin()
        began = time.perf_counter()
        with torch.inference_mode():
            policy.predict_action_chunk(batch)
        looks.append(1e3 * (time.perf_counter() - began))
        parts.end()
        yield _told(policy, looks, parts.spent_ms)


def _told(policy: Any, looks: list[float], pictures: list[float]) -> dict[str, Any]:
    kept = slice(WARM, None) if len(looks) > WARM else slice(None)
    return {
        "ms": statistics.median(looks[kept]),
        "looks": len(looks[kept]),
        "warm": len(looks) > WARM,
        "vision_ms": statistics.median(pictures[kept]),
        "parameters": sum(one.numel() for one in policy.parameters()),
        "threads": THREADS,
        "load": round(os.getloadavg()[0], 1),
    }


def _seen(policy: Any) -> dict[str, Any]:
    """Three grey pictures of 640x480, an arm at rest, and the task."""
    import torch

    from bench.random_policies import TASK

    shapes = {key: feature.shape for key, feature in policy.config.input_features.items()}
    return {**{key: torch.full(shape, 0.5) for key, shape in shapes.items()}, "task": TASK}


class _Parts:
    """How much of a look the cameras' pictures take: the rest is the language model and the denoising."""

    def __init__(self, policy: Any) -> None:
        self.spent_ms: list[float] = []
        inner = policy.model.vlm_with_expert
        self._embed = inner.embed_image
        inner.embed_image = self._timed

    def begin(self) -> None:
        self._now_ms = 0.0

    def end(self) -> None:
        self.spent_ms.append(self._now_ms)

    def _timed(self, image: Any) -> Any:
        began = time.perf_counter()
        found = self._embed(image)
        self._now_ms += 1e3 * (time.perf_counter() - began)
        return found


if __name__ == "__main__":
    sys.exit(main())
