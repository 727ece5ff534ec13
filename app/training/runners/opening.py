"""The runner of a place."""

from __future__ import annotations

from app.training.runners.hub_jobs import HubRunner
from app.training.runners.local import LocalRunner
from app.training.runners.places import Here, HubPlace, Place, RayPlace, SshPlace
from app.training.runners.protocol import Runner
from app.training.runners.ray_jobs import RayRunner
from app.training.runners.ssh import SshRunner


def runner_at(place: Place) -> Runner:
    match place:
        case Here():
            return LocalRunner()
        case SshPlace():
            return SshRunner(place)
        case RayPlace():
            return RayRunner(place)
        case HubPlace():
            return HubRunner(place)
