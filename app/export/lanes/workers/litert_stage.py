"""Runs in the LiteRT lane's environment: a saved torch program to .tflite files, in float, int8 weights, or all int8.

stdin: {"program", "feeds", "targets": {precision: path}, "channel_last"}; stdout: one line of JSON, facts by precision.
`feeds` holds arrays named 0, 1, ... in the order of the program's inputs, each with a first axis of samples. Imports
nothing of the studio.
"""

import json
import shutil
import sys
from collections import Counter
from importlib.metadata import version

import litert_torch
import numpy as np
import torch
from ai_edge_litert.interpreter import Interpreter
from ai_edge_quantizer import quantizer, recipe

RECIPES = {"int8_static": recipe.static_wi8_ai8, "int8_dynamic": recipe.dynamic_wi8_afp32}
# Weights alone are int8 where a fully connected layer multiplies; a constant factor of attention stays float.
ONLY = {"int8_dynamic": "FULLY_CONNECTED"}


def main() -> None:
    request = json.load(sys.stdin)
    module = torch.export.load(request["program"]).module()
    found = np.load(request["feeds"])
    feeds = [found[str(number)] for number in range(len(found.files))]
    if request["channel_last"]:
        module = litert_torch.to_channel_last_io(module, args=[0], outputs=[0])
    float_path = request["feeds"] + ".float.tflite"
    litert_torch.convert(module, tuple(torch.from_numpy(feed[0]) for feed in feeds)).export(float_path)
    made = {}
    for precision, target in request["targets"].items():
        if precision in RECIPES:
            quantize(float_path, target, recipe_of(precision), feeds)
        else:
            shutil.copyfile(float_path, target)
        made[precision] = facts(target)
    print(json.dumps(made))


def recipe_of(precision: str) -> list:
    entries = RECIPES[precision]()
    return [{**entry, "operation": ONLY.get(precision, entry["operation"])} for entry in entries]


def quantize(source: str, target: str, how: list, feeds: list) -> None:
    """By `how`, a recipe; static ones are calibrated on every sample."""
    made = quantizer.Quantizer(source)
    made.load_quantization_recipe(how)
    samples = [{f"args_{n}": feed[i] for n, feed in enumerate(feeds)} for i in range(len(feeds[0]))]
    statistics = made.calibrate({"serving_default": samples}) if made.need_calibration else None
    made.quantize(statistics).export_model(target, overwrite=True)


def facts(path: str) -> dict:
    """What the file itself says: operators, tensors by type, and how inputs and outputs are scaled."""
    interpreter = Interpreter(model_path=path)
    interpreter.allocate_tensors()
    details = interpreter.get_tensor_details()
    operators = Counter(op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE")
    weights = Counter(kind(op, details) for op in interpreter._get_ops_details())
    floats = sorted({d["name"] for d in details if d["dtype"] == np.float32})
    return {
        "operators": dict(operators.most_common()),
        "weights": {name: count for name, count in weights.items() if name},
        "float_tensors": floats[:20],
        "float_tensor_count": len(floats),
        "inputs": [side(detail) for detail in interpreter.get_input_details()],
        "outputs": [side(detail) for detail in interpreter.get_output_details()],
        "quantizer": f"ai-edge-quantizer {version('ai-edge-quantizer')}",
        "converter": f"litert-torch {version('litert-torch')}",
    }


def kind(op: dict, details: list) -> str:
    """How an operator with weights is computed: by the type of its weights and of its first input; "" for others."""
    if op["op_name"] not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
        return ""
    types = {d["index"]: np.dtype(d["dtype"]).name for d in details}
    first, weights = (types.get(int(index), "") for index in op["inputs"][:2])
    if weights != "int8":
        return "fp32"
    return "int8_static" if first == "int8" else "int8_dynamic"


def side(detail: dict) -> dict:
    scale, zero = detail["quantization"]
    return {
        "name": detail["name"],
        "shape": [int(v) for v in detail["shape"]],
        "dtype": np.dtype(detail["dtype"]).name,
        "scale": float(scale),
        "zero_point": int(zero),
    }


if __name__ == "__main__":
    main()
