"""Builds everything, top to bottom; alone knows the simulator.

Imports happen inside the functions: each process pays only for what it runs, and
the rig and cameras processes start before web has finished importing.
"""

from app.bootstrap.demo import demo
from app.bootstrap.processes import run_cameras, run_rig
from app.bootstrap.studio import serve

__all__ = ["demo", "run_cameras", "run_rig", "serve"]
