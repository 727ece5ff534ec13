"""What simulation costs: CPU time of a picture by either renderer, and of a second of physics.

CPU time, because it holds on a shared machine. The anchor is MuJoCo's own renderer
class at its default quality, on the same scene in the same run.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from app.simulation import LockStep, random_placement
from app.simulation.cameras import Renderer
from app.simulation.gl import GlRenderer, gl_missing
from app.simulation.painter import Painter
from app.simulation.scene import CAMERAS, build_model
from app.simulation.sensor import Sensor
from app.simulation.stage import HEIGHT, WIDTH
from app.simulation.world import Snapshot
from bench.outcome import Outcome, Reach

REACH = {
    "gl_cpu_ms": Reach(at_most=10.0),
    "painter_cpu_ms": Reach(at_most=2.0),
    "physics_cpu_ms_per_s": Reach(at_most=60.0),
}


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="understudy bench simulator")
    parser.add_argument("--quick", action="store_true")
    rounds = 10 if parser.parse_args(arguments).quick else 40
    lock_step = LockStep(0)
    snapshots, physics_ms = perform(lock_step)
    painter = Painter()
    values = {"painter_cpu_ms": drawing_ms(painter, snapshots, rounds), "physics_cpu_ms_per_s": physics_ms}
    anchor: dict[str, float] = {}
    sensor, picture = Sensor(0), painter.draw("top")
    values["sensor_cpu_ms"] = cpu_ms(lambda: sensor.expose(picture, "top", 1, snapshots[0].appearance), 100)
    if reason := gl_missing():
        print(f"OpenGL does not draw here: {reason}", flush=True)
        values["gl_cpu_ms"] = float("nan")
    else:
        renderer = GlRenderer()
        values["gl_cpu_ms"] = drawing_ms(renderer, snapshots, rounds)
        renderer.close()
        anchor["default_quality_cpu_ms"] = default_quality_ms(snapshots[0], rounds)
    outcome = Outcome("simulator", {name: round(value, 3) for name, value in values.items()}, anchor, REACH)
    print(outcome.line())
    return 0 if outcome.holds else 1


def perform(lock_step: LockStep) -> tuple[list[Snapshot], float]:
    """A demonstration's snapshots, one a second, and the CPU-ms a simulated second takes, commands included."""
    from app.devices import Start

    snapshots: list[Snapshot] = []
    spent_s, ticks = 0.0, 0
    moments = lock_step.demonstrate(random_placement(np.random.default_rng(2)), Start.nominal, 2)
    while True:
        began_s = time.process_time()
        moment = next(moments, None)
        spent_s += time.process_time() - began_s
        if moment is None:
            return snapshots, 1000.0 * spent_s / (ticks / 60.0)
        ticks += 1
        if moment.index % 60 == 0:
            snapshots.append(lock_step.world.snapshot())


def drawing_ms(renderer: Renderer, snapshots: list[Snapshot], rounds: int) -> float:
    """CPU-ms of one picture, averaged over the cameras and the moments of a demonstration."""

    def draw() -> None:
        for snapshot in snapshots:
            renderer.show(snapshot)
            for camera in CAMERAS:
                renderer.draw(camera)

    draw()
    return cpu_ms(draw, max(2, rounds // 5)) / (len(snapshots) * len(CAMERAS))


def default_quality_ms(snapshot: Snapshot, rounds: int) -> float:
    """MuJoCo's own renderer with shadows, reflections and four samples a pixel."""
    from mujoco.egl import GLContext

    model = build_model()
    model.vis.quality.offsamples, model.vis.quality.shadowsize = 4, 4096
    data = mujoco.MjData(model)
    data.qpos[:] = snapshot.qpos
    mujoco.mj_forward(model, data)
    context = GLContext(WIDTH, HEIGHT)
    context.make_current()
    drawing = mujoco.MjrContext(model, mujoco.mjtFontScale.mjFONTSCALE_100)
    mujoco.mjr_setBuffer(mujoco.mjtFramebuffer.mjFB_OFFSCREEN, drawing)
    scene, option, camera = mujoco.MjvScene(model, 200), mujoco.MjvOption(), mujoco.MjvCamera()
    camera.type, camera.fixedcamid = mujoco.mjtCamera.mjCAMERA_FIXED, model.camera("top").id
    view, pixels = mujoco.MjrRect(0, 0, WIDTH, HEIGHT), np.empty((HEIGHT, WIDTH, 3), np.uint8)

    def draw() -> None:
        mujoco.mjv_updateScene(model, data, option, None, camera, mujoco.mjtCatBit.mjCAT_ALL, scene)
        mujoco.mjr_render(view, scene, drawing)
        mujoco.mjr_readPixels(pixels, None, view, drawing)

    draw()
    spent_ms = cpu_ms(draw, rounds)
    drawing.free()
    context.free()
    return round(spent_ms, 3)


def cpu_ms(work: Callable[[], object], times: int) -> float:
    """CPU-ms of one call, all threads of the process."""
    began_s = time.process_time()
    for _ in range(times):
        work()
    return 1000.0 * (time.process_time() - began_s) / times


if __name__ == "__main__":
    sys.exit(main())
