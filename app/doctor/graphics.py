"""Whether an OpenGL context can be made without a display: tried in a child process, since a failure may kill it."""

from __future__ import annotations

import os
import subprocess
import sys

from app.doctor.models import Finding, has, lacks

_SECONDS = 20
_PROBE = """
import mujoco
context = mujoco.GLContext(64, 64)
context.make_current()
from OpenGL import GL
print("RENDERER", GL.glGetString(GL.GL_RENDERER).decode())
"""


def opengl() -> Finding:
    """Asks EGL for a context the way the simulator's cameras do."""
    command = [sys.executable, "-P", "-c", _PROBE]
    environment = {**os.environ, "MUJOCO_GL": "egl"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS)
        output, complaint = done.stdout, done.stderr
    except subprocess.TimeoutExpired:
        output, complaint = "", f"no answer within {_SECONDS} s"
    renderer = next((line[9:] for line in output.splitlines() if line.startswith("RENDERER ")), "")
    if not renderer:
        return _without(complaint)
    software = "llvmpipe" in renderer or "softpipe" in renderer
    how = "on the processor, in software" if software else "on a graphics device"
    return has("OpenGL", f"EGL works without a display, {how} ({renderer}).", renderer=renderer, software=software)


def _without(complaint: str) -> Finding:
    last = complaint.strip().splitlines()[-1:] or ["it gave no reason"]
    return lacks(
        "OpenGL",
        f"no EGL context could be made ({last[0]}).",
        cost="the simulator's cameras are drawn by a plain painter: right geometry, no light or texture.",
        todo="install EGL and Mesa's drivers; on Debian and Ubuntu: apt install libegl1 libgl1-mesa-dri.",
        renderer="",
        software=True,
    )
