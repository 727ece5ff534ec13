"""Speaks as lerobot-train does: its bar and lines on stderr, its checkpoints on disk.

`FAKE` says how it goes wrong; after step 4 it waits until the file `GATE` is there.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

options = dict(word[2:].split("=", 1) for word in sys.argv[1:] if word.startswith("--"))
steps, every, save = (int(options[name]) for name in ("steps", "log_freq", "save_freq"))
output, fate = Path(options["output_dir"]), os.environ.get("FAKE", "")
first = 0
if options.get("resume") == "true":
    first = int(Path(options["config_path"]).parents[1].name)
for step in range(first + 1, steps + 1):
    bar = f"{100 * step // steps}%|#| {step - first}/{steps - first} [00:01<00:01, 9step/s]"
    print(f"\rTraining: {bar}", end="", file=sys.stderr)
    if step % every == 0:
        loss = "nan" if fate == "nan" and step >= 4 else f"{1 / step:.3f}"
        print(
            f"INFO ot_train.py:641 step:{step} smpl:8 ep:1 epch:0.1 loss:{loss} grdn:2.0 lr:1.0e-04 "
            f"updt_s:0.010 data_s:0.002 smp/s:9 l1_loss:{loss}",
            file=sys.stderr,
            flush=True,
        )
    if step % save == 0 or step == steps:
        folder = output / "checkpoints" / f"{step:06d}"
        for place in ("pretrained_model", "training_state"):
            (folder / place).mkdir(parents=True, exist_ok=True)
        (folder / "pretrained_model/model.safetensors").write_bytes(b"x")
        if fate == "disk" and step == 2 * save:
            print("OSError: [Errno 28] No space left on device", file=sys.stderr)
            sys.exit(1)
        (folder / "pretrained_model/train_config.json").write_text("{}")
        (folder / "training_state/training_step.json").write_text(json.dumps({"step": step}))
        last = folder.with_name("last")
        last.unlink(missing_ok=True)
        last.symlink_to(folder.name)
    if fate == "memory" and step == 4:
        print("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2 GiB", file=sys.stderr)
        sys.exit(1)
    while step == 4 and not Path(os.environ.get("GATE", "/")).exists():
        time.sleep(0.02)
    if fate == "hang" and step == 4:
        time.sleep(600)
