"""One MuJoCo world behind the device protocols, and a scripted demonstrator."""

from app.simulation.arm import SimulatedArm
from app.simulation.board import WorldBoard
from app.simulation.cameras import SimulatedCameras
from app.simulation.demonstrator import Demonstrator
from app.simulation.disturbances import Disturbance
from app.simulation.lockstep import LockStep, Trial, random_placement
from app.simulation.reach import reachable
from app.simulation.workcell import SimulatedWorkcell
from app.simulation.world import World

__all__ = [
    "Demonstrator",
    "Disturbance",
    "LockStep",
    "SimulatedArm",
    "SimulatedCameras",
    "SimulatedWorkcell",
    "Trial",
    "World",
    "WorldBoard",
    "random_placement",
    "reachable",
]
