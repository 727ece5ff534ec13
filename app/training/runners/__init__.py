"""Where a training runs: one protocol, one small file for each kind of place."""

from app.training.runners.opening import runner_at
from app.training.runners.places import LOCAL, HubPlace, Place, RayPlace, SshPlace, place_of, text_of
from app.training.runners.protocol import Runner, Training

__all__ = [
    "LOCAL",
    "HubPlace",
    "Place",
    "RayPlace",
    "Runner",
    "SshPlace",
    "Training",
    "place_of",
    "runner_at",
    "text_of",
]
