"""Devices an export may be made for. Figures are stated by their makers or by NXP's guide, and never ours.

`source` names the document, as reports of it quote it; the makers' own files were not at hand.
A factor says how many times longer a float32 policy of that family takes there than on the two x86-64 cores of
facts/edge.md. It says nothing about int8, whose kernels differ; a device without one has no estimate at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.errors import NotFound

HERE = "here"


class DeviceUnknown(NotFound):
    code = "device_unknown"


@dataclass(frozen=True)
class Runtime:
    """A lane on that device, and what it bears there in words."""

    lane: str
    words: str


@dataclass(frozen=True)
class DeviceProfile:
    """`memory_gb` 0: as much as the board was bought with. `guide_s`: NXP's own latencies of its own policies."""

    name: str
    title: str
    words: str
    processor: str
    cores: int
    memory_gb: float
    accelerator: str
    runtimes: tuple[Runtime, ...]
    source: str
    fp32_times: Mapping[str, float] = field(default_factory=dict)
    guide_s: Mapping[str, float] = field(default_factory=dict)


_ONNX = Runtime("onnxruntime", "float32, int8 dynamic and static, 4-bit weights; an arm64 wheel exists")
_LITERT = Runtime("litert", "float32 and static int8; an arm64 wheel exists")

PROFILES = (
    DeviceProfile(
        HERE,
        "This machine",
        "Measured here: what the report says is what this machine does.",
        "",
        0,
        0.0,
        "",
        (
            Runtime("onnxruntime", "float32, int8 dynamic and static, 4-bit weights"),
            Runtime("openvino", "float32 and int8, on x86-64"),
            Runtime("litert", "float32 and static int8"),
        ),
        "measured",
    ),
    DeviceProfile(
        "imx95",
        "i.MX 95",
        "NXP's six small cores and a Neutron NPU for whole int8 stages.",
        "6 x Cortex-A55, 2.0 GHz",
        6,
        0.0,
        "eIQ Neutron NPU, 2 TOPS int8",
        (
            _ONNX,
            _LITERT,
            Runtime("neutron", "a static int8 vision stage, by NXP's converter from a hand-over bundle"),
        ),
        "Processor and NPU: NXP's webinar of the NPU, as Toradex reports it. Latency: NXP's guide, its own policies.",
        {"act": 12.1, "smolvla": 12.6},
        {"ACT, float32": 2.86, "ACT, optimized": 0.32, "SmolVLA, float32": 29.1, "SmolVLA, optimized": 6.15},
    ),
    DeviceProfile(
        "rpi5",
        "Raspberry Pi 5",
        "Four mid-size cores, no accelerator: int8 on the processor.",
        "4 x Cortex-A76, 2.4 GHz",
        4,
        0.0,
        "none",
        (_ONNX, _LITERT),
        "Processor: the maker's announcement (2023), as reported. Latency: nobody stated it, --check measures it.",
    ),
    DeviceProfile(
        "orin",
        "Jetson Orin Nano",
        "Six cores and a graphics unit; its unit needs TensorRT, which is not tried here.",
        "6 x Cortex-A78AE, 1.7 GHz",
        6,
        8.0,
        "Ampere, 1024 CUDA cores, 67 TOPS (sparse int8)",
        (_ONNX, Runtime("tensorrt", "by the command in docs/export.md, on the board; not tried by us")),
        "NVIDIA's data sheet of the Super kit (2024), as quoted. Latency: nobody stated it, --check measures it.",
    ),
)


def profile(name: str) -> DeviceProfile:
    """Raises `DeviceUnknown`."""
    for one in PROFILES:
        if one.name == name:
            return one
    raise DeviceUnknown(
        f"There is no device profile {name[:40]!r}.", todo=f"There are: {', '.join(p.name for p in PROFILES)}."
    )
