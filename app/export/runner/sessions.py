"""One stage in its runtime: the same four lines to the policy, whichever lane runs it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .models import PROVIDERS, StageFile


class LaneMissing(RuntimeError):
    """The runtime is not installed here; the message says what to install."""


class Session(Protocol):
    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Named arrays in, named arrays out; shapes as in policy.json."""
        ...


def open_session(stage: StageFile, path: Path) -> Session:
    """Loads a stage. Raises `LaneMissing` where its runtime is not installed."""
    opener = {"onnxruntime": OnnxSession, "openvino": OpenVinoSession, "litert": LiteRtSession}[stage.lane]
    try:
        return opener(stage, path)
    except ImportError as error:
        package = {"litert": "ai-edge-litert"}.get(stage.lane, stage.lane)
        text = f"stage {stage.name!r} runs on {stage.lane}, which is not installed"
        raise LaneMissing(f"{text} ({error}): pip install {package}") from error


class OnnxSession:
    """ONNX Runtime on the provider that was exported for: a node that would silently run elsewhere is refused."""

    def __init__(self, stage: StageFile, path: Path) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = stage.threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # A thread that spins while it waits takes the time of the control loop beside it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        asked = PROVIDERS[stage.provider]
        if asked not in onnxruntime.get_available_providers():
            raise ImportError(f"this build has no {asked}")
        options.add_session_config_entry("session.record_ep_graph_assignment_info", "1")
        self._session = onnxruntime.InferenceSession(str(path), options, providers=[asked])
        if stage.provider != "cpu":
            _require(self._session, asked, stage.name)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found: Any = self._session.run(self._outputs, inputs)
        return dict(zip(self._outputs, found, strict=True))


def _require(session: Any, asked: str, name: str) -> None:
    """Raises `LaneMissing` if a node is on another provider than the one asked for."""
    elsewhere = {part.ep_name: len(part.get_nodes()) for part in session.get_provider_graph_assignment_info()}
    elsewhere.pop(asked, None)
    if elsewhere:
        words = ", ".join(f"{count} on {provider}" for provider, count in elsewhere.items())
        raise LaneMissing(f"stage {name!r} was exported for {asked}, and nodes would run elsewhere: {words}")


class OpenVinoSession:
    """OpenVINO on the CPU, held to the stage's own precision: its default may be bfloat16, which was not measured."""

    def __init__(self, stage: StageFile, path: Path) -> None:
        openvino = silent_openvino()
        core = openvino.Core()
        half = "bf16" in stage.precision.values()
        if half and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
            raise LaneMissing(f"stage {stage.name!r} was exported in bfloat16, which this processor does not have")
        hints = {
            "INFERENCE_PRECISION_HINT": "bf16" if half else "f32",
            "INFERENCE_NUM_THREADS": stage.threads,
        }
        self._model: Any = core.compile_model(str(path), "CPU", {**hints, "PERFORMANCE_HINT": "LATENCY"})
        self._request = self._model.create_infer_request()
        self._outputs = [port.name for port in stage.outputs]

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        found = self._request.infer(inputs, share_inputs=True)
        return {name: found[name].copy() for name in self._outputs}


def silent_openvino() -> Any:
    """OpenVINO without its telemetry, which would start threads and tell its makers what runs here."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


class LiteRtSession:
    """LiteRT with XNNPACK. Integer inputs and outputs are quantized here, by the scales in the file.

    By signature: the order of the file's tensors is the converter's own, `args_0`, `args_1` is the stage's.
    """

    def __init__(self, stage: StageFile, path: Path) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._stage = stage
        self._interpreter: Any = Interpreter(model_path=str(path), num_threads=stage.threads)
        self._interpreter.allocate_tensors()
        self._runner: Any = self._interpreter.get_signature_runner()
        self._in = self._runner.get_input_details()
        self._out = self._runner.get_output_details()

    def run(self, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        named = {f"args_{number}": inputs[port.name] for number, port in enumerate(self._stage.inputs)}
        found = self._runner(**{name: quantized(value, self._in[name]) for name, value in named.items()})
        return {
            port.name: dequantized(found[f"output_{number}"], self._out[f"output_{number}"])
            for number, port in enumerate(self._stage.outputs)
        }


def quantized(values: np.ndarray, detail: Any) -> np.ndarray:
    """Floats as a tensor with `dtype` and `quantization` (scale, zero point) holds them."""
    kind = np.dtype(detail["dtype"])
    if kind.kind == "f":
        return values.astype(kind)
    scale, zero = detail["quantization"]
    limits = np.iinfo(kind)
    return np.clip(np.round(values / scale) + zero, limits.min, limits.max).astype(kind)


def dequantized(values: np.ndarray, detail: Any) -> np.ndarray:
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    scale, zero = detail["quantization"]
    return ((values.astype(np.float32) - zero) * scale).astype(np.float32)
