"""Runs in the LiteRT lane's environment: a saved vision program to a fully int8, static, NHWC .tflite.

stdin: {"program", "feeds", "target"}; stdout: one line of JSON. Imports nothing of the studio.
"""

import json
import sys
from collections import Counter

import ai_edge_quantizer
import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe


def main() -> None:
    request = json.load(sys.stdin)
    module = torch.export.load(request["program"]).module()
    feeds = np.load(request["feeds"])["picture"]  # [N, 1, H, W, 3], normalised
    wrapped = litert_torch.to_channel_last_io(module, args=[0], outputs=[0])
    float_path = request["target"] + ".float.tflite"
    litert_torch.convert(wrapped, (torch.from_numpy(feeds[0]),)).export(float_path)
    int8(float_path, request["target"], feeds)
    interpreter = Interpreter(model_path=request["target"])
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    ops = Counter(op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE")
    inside, outside = interpreter.get_input_details()[0], interpreter.get_output_details()[0]
    print(
        json.dumps(
            {
                "operators": dict(ops.most_common()),
                "float_tensors": sorted({d["name"] for d in details if d["dtype"] == np.float32})[:20],
                "float_tensor_count": sum(d["dtype"] == np.float32 for d in details),
                "input": side(inside),
                "output": side(outside),
                "quantizer": getattr(ai_edge_quantizer, "__version__", ""),
            }
        )
    )


def int8(source: str, target: str, feeds: np.ndarray) -> None:
    """Static int8 weights and activations, inputs and outputs too."""
    made = quantizer.Quantizer(source)
    made.load_quantization_recipe(recipe.static_wi8_ai8())
    name = Interpreter(model_path=source).get_signature_list()["serving_default"]["inputs"][0]
    statistics = made.calibrate({"serving_default": [{name: feed} for feed in feeds]})
    made.quantize(statistics).export_model(target, overwrite=True)


def side(detail: dict) -> dict:
    scale, zero = detail["quantization"]
    return {
        "shape": [int(v) for v in detail["shape"]],
        "dtype": np.dtype(detail["dtype"]).name,
        "scale": float(scale),
        "zero_point": int(zero),
    }


if __name__ == "__main__":
    main()
