"""Runs in the OpenVINO lane's environment: an ONNX stage to OpenVINO, quantized by NNCF.

stdin: {"source", "target", "feeds", "ignored", "transformer"}; stdout: one line of JSON. `ignored` are
names of operators that stay in float. Imports nothing of the studio.
"""

import json
import sys
from collections import Counter

import numpy as np

sys.modules["openvino_telemetry"] = None  # nothing is told to anybody
import nncf  # noqa: E402
import openvino  # noqa: E402


def main() -> None:
    request = json.load(sys.stdin)
    model = openvino.Core().read_model(request["source"])
    ignored = nncf.IgnoredScope(names=request["ignored"], validate=False)
    found = np.load(request["feeds"])
    feeds = [{name: found[name][i] for name in found.files} for i in range(len(found[found.files[0]]))]
    kind = {"model_type": nncf.ModelType.TRANSFORMER} if request["transformer"] else {}
    model = nncf.quantize(model, nncf.Dataset(feeds), subset_size=len(feeds), ignored_scope=ignored, **kind)
    openvino.save_model(model, request["target"], compress_to_fp16=False)
    kinds = Counter(op.get_type_name() for op in model.get_ops())
    constants = Counter(op.get_element_type().get_type_name() for op in model.get_ops() if is_constant(op))
    print(json.dumps({"operators": dict(kinds), "constants": dict(constants)}))


def is_constant(op: openvino.Node) -> bool:
    return op.get_type_name() == "Constant" and len(op.get_output_shape(0)) > 1


if __name__ == "__main__":
    main()
