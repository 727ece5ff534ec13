"""Runs in the OpenVINO lane's environment: an ONNX stage to OpenVINO, quantized by NNCF.

stdin: {"source", "target", "feeds", "ignored", "transformer"}; stdout: one line of JSON. `ignored` are
names of operators that stay in float. What came of it is counted by who asked. Imports nothing of the studio.
"""

import json
import sys

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
    print(json.dumps({"quantizer": f"nncf {nncf.__version__}"}))


if __name__ == "__main__":
    main()
