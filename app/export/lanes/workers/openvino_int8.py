"""Runs in the OpenVINO lane's environment: an ONNX stage to OpenVINO, in float32 or quantized by NNCF.

stdin: {"source", "target", "feeds", "quantize"}; stdout: one line of JSON. Imports nothing of the studio.
"""

import json
import sys
from collections import Counter

import numpy as np

sys.modules["openvino_telemetry"] = None  # nothing is told to anybody
import openvino  # noqa: E402


def main() -> None:
    request = json.load(sys.stdin)
    model = openvino.Core().read_model(request["source"])
    if request["quantize"]:
        import nncf

        found = np.load(request["feeds"])
        feeds = [{name: found[name][i] for name in found.files} for i in range(len(found[found.files[0]]))]
        # Softmax and the products of attention stay float: what is ignored is named by kind, and counted by the caller.
        kept = nncf.IgnoredScope(types=["MatMul", "Softmax"], validate=False) if not request["products"] else None
        scope = {"ignored_scope": kept} if kept else {"model_type": nncf.ModelType.TRANSFORMER}
        model = nncf.quantize(model, nncf.Dataset(feeds), subset_size=len(feeds), **scope)
    openvino.save_model(model, request["target"], compress_to_fp16=False)
    kinds = Counter(op.get_type_name() for op in model.get_ops())
    print(json.dumps({"operators": dict(kinds), "fake_quantize": kinds.get("FakeQuantize", 0)}))


if __name__ == "__main__":
    main()
