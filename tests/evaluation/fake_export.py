"""An export that writes an artifact's card and nothing else, for pipelines."""

from __future__ import annotations

import json

from app.export.kinds import ExportRun, artifact_folder
from app.jobs import Outcome, Work


def perform(arguments: ExportRun, work: Work) -> Outcome:
    folder = artifact_folder(work.data, arguments.name)
    folder.mkdir(parents=True)
    card = {
        "family": "act",
        "fps": 10,
        "chunk": 4,
        "cameras": [{"name": "top"}],
        "stages": [{"name": "vision", "precision": {"whole": "fp32"}}],
        "origin": {"checkpoint": str((work.data.models / arguments.checkpoint / "pretrained_model").resolve())},
    }
    (folder / "policy.json").write_text(json.dumps(card))
    return Outcome(f"{arguments.name}: fp32, within {arguments.within:g}.")
