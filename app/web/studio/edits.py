"""What may be rewritten now."""

from __future__ import annotations

from app.core.errors import Conflict
from app.recording import Phase
from app.web.studio.studio import Studio


class DatasetRecording(Conflict):
    """The dataset is recorded into now."""

    code = "dataset_recording"


def refuse_recorded(studio: Studio, datasets: tuple[str, ...]) -> None:
    """Nobody rewrites the dataset that a take is being recorded into."""
    recorder = studio.recorder
    if recorder.phase is not Phase.idle and not recorder.setup.practice and recorder.setup.dataset in datasets:
        raise DatasetRecording(
            f"A take is being recorded into {recorder.setup.dataset}: it is not edited meanwhile.",
            todo="Save or discard the take first, or freeze a version and edit that.",
        )
