"""Checks what NXP's neutron-converter made of a hand-over bundle; lies in it as check.py, and needs nothing else.

python check.py report.txt                 the share of operators on the NPU, and what to do if it is small
python check.py --features features.npy    what the board gave for the goldens, against what the CPU gave
"""

import argparse
import re
import sys
from pathlib import Path

AT_LEAST = 0.9
LARGEST_ERROR = 0.05
_RATIO = re.compile(r"(?P<done>\d+)\s*(?:/|out of|of)\s*(?P<all>\d+)\s+operators?", re.I)
_PERCENT = re.compile(r"(?:ratio|converted|mapped)\D{0,40}?(?P<percent>\d+(?:\.\d+)?)\s*%", re.I)


def mapped(text: str) -> "tuple[float, int | None] | None":
    """(share, operators or None) as the converter's own output says it; None where it does not."""
    counted = _RATIO.search(text)
    if counted and int(counted["all"]):
        return int(counted["done"]) / int(counted["all"]), int(counted["all"])
    said = _PERCENT.search(text)
    return (float(said["percent"]) / 100, None) if said else None


def words(share: float) -> str:
    if share >= AT_LEAST:
        return f"{100 * share:.0f} % of the operators are on the NPU."
    return (
        f"Only {100 * share:.0f} % of the operators are on the NPU; the others run on the CPU and copy in between. "
        "Try a smaller picture: the mapping depends on the resolution."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Checks what neutron-converter made of this bundle.")
    parser.add_argument("report", type=Path, nargs="?", help="the whole output of neutron-converter")
    parser.add_argument("--features", type=Path, help="the board's outputs for goldens.npz's pictures, as .npy")
    chosen = parser.parse_args()
    if chosen.features:
        return compare(chosen.features)
    if not chosen.report:
        parser.error("name the converter's report, or --features")
    found = mapped(chosen.report.read_text(errors="replace"))
    if found is None:
        print("The report says neither how many operators were mapped nor what share: keep the whole output.")
        return 1
    print(words(found[0]))
    return 0 if found[0] >= AT_LEAST else 1


def compare(path: Path) -> int:
    import numpy as np

    expected = np.load(Path(__file__).parent / "goldens.npz")["features"]
    found = np.load(path).astype(np.float32).reshape(expected.shape)
    error = float(np.linalg.norm(found - expected) / np.linalg.norm(expected))
    print(f"relative L2 distance to the CPU's features: {error:.3f} (at most {LARGEST_ERROR})")
    return 0 if error <= LARGEST_ERROR else 1


if __name__ == "__main__":
    sys.exit(main())
