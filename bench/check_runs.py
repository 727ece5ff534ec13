"""Takes of the simulated workcell as the consistency checks see them, clean or disturbed, by seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from app.checks.after import after_findings
from app.checks.during import RowFacts, TakeWatch
from app.checks.episode import EpisodeSignals, JointRange, Swing, Usual, gripper_swings, jerk_rms
from app.checks.illumination import illumination
from app.checks.models import Finding
from app.checks.mount import mount_finding, movement
from app.checks.readiness import CameraControls, calibration_finding, disk_finding, lock_findings
from app.checks.reference import CameraReference, Reference, average
from app.checks.scene import ObjectSeen, contrast_finding, object_findings, start_pose_finding
from app.checks.thresholds import Thresholds
from app.checks.view import View
from app.checks.watch import CameraWatch, SceneWatch
from app.devices.kinematics import Kinematics
from app.devices.models import Outcome, Placement, Start
from app.devices.so101 import SO101
from app.guidance.detector import ObjectDetector, Seen, Unseen, learn_look
from app.guidance.next_target import yaw_difference
from app.guidance.plan import PlacedObject, Tolerance
from app.simulation.lockstep import LockStep, random_placement
from app.simulation.scene import CAMERAS
from app.simulation.world import Snapshot
from bench.workcell import StillWorkcell, home, true_view

FPS = 30
FRAMES = 24
LOOK_EVERY_ROWS = FPS
FIXED = ("top", "left")
LIMITS = Thresholds()
JOINTS = tuple(JointRange(joint.name, joint.unit, joint.lower, joint.upper) for joint in SO101.joints)
LOCKED = CameraControls(False, False)
_FRAME_NS = 1_000_000_000 // FPS


@dataclass(frozen=True)
class Situation:
    """What is arranged before the start; the defaults are in order.

    `scene` are the simulator's disturbances; `edit` changes a camera's picture
    where the simulator has no such trouble; `due` says whether a camera's frame
    arrives at all.
    """

    scene: Mapping[str, float] = field(default_factory=dict)
    arm_off: float = 0.0
    object_there: bool = True
    off_target_cm: float = 0.0
    ripple: float = 0.0
    edit: Callable[[str, View], View] | None = None
    due: Callable[[str, int], bool] | None = None
    wait_ms: float = 8.0
    controls: CameraControls = LOCKED
    calibration_days: float = 2.0
    disk_minutes: float = 600.0


@dataclass(frozen=True)
class Demonstration:
    """One scripted take without pictures: rows as recorded, and a snapshot every second for the fixed cameras.

    `clean`: the first grasp held and the object ended in the mug.
    """

    rows: tuple[RowFacts, ...]
    snapshots: tuple[Snapshot, ...]
    signals: EpisodeSignals
    clean: bool


class CheckRuns:
    """Reference, detector and workcell of one bench; every run is a function of its seed."""

    def __init__(self, workcell: StillWorkcell) -> None:
        self.workcell = workcell
        self._view = true_view()
        self._placed = PlacedObject()
        self._kinematics = Kinematics(SO101)
        self._usual = Usual()
        self._taken: dict[int, Demonstration] = {}
        workcell.restart(0)
        workcell.pose_arm()
        workcell.take_away()
        shots = [workcell.views() for _ in range(5)]
        pictures = {camera: CameraReference(average([shot[camera] for shot in shots])) for camera in CAMERAS}
        self.reference = Reference(pictures, dict(zip(SO101.joint_names, home().tolist(), strict=True)))
        learnt_at = Placement(25.0, 15.0, 30.0)
        workcell.put(learnt_at)
        look = learn_look(workcell.views()["top"], self._view, self._placed, learnt_at)
        self._detector = ObjectDetector(self._view, self._placed, pictures["top"].view, look)

    def learn_usual(self, takes: int) -> None:
        """What the dataset's episodes are like, from other seeds than the runs use."""
        earlier = [self.demonstration(seed).signals for seed in self.clean_seeds(10_000, takes)]
        self._usual = Usual([signals.duration_s for signals in earlier], [jerk_rms(signals) for signals in earlier])

    # ---- before ----

    def before(self, seed: int, situation: Situation) -> list[Finding]:
        """One second of all cameras, then every check: light and colour wander a little, the arm homes to 0.3 deg."""
        random = np.random.default_rng(seed)
        target = self.visible_place(random)
        watches = self._watch(seed, random, target, situation)
        views = self._pictures(CAMERAS, situation)
        now_ns = FRAMES * _FRAME_NS + round(situation.wait_ms * 1e6)
        findings: list[Finding] = []
        for camera, watch in watches.items():
            watch.look(views[camera], in_start_pose=True)
            findings += watch.findings(now_ns)
            findings += lock_findings(camera, situation.controls)
        findings += self._scene(views["top"], target)
        position = dict(zip(SO101.joint_names, self.workcell.world.position().tolist(), strict=True))
        findings.append(start_pose_finding(position, self.reference.start_pose, LIMITS))
        findings.append(calibration_finding(situation.calibration_days, LIMITS, present=True))
        findings.append(disk_finding(situation.disk_minutes, LIMITS))
        return findings

    def _watch(
        self, seed: int, random: np.random.Generator, target: Placement, situation: Situation
    ) -> dict[str, CameraWatch]:
        """Set the scene up and let the cameras run for a second."""
        workcell = self.workcell
        workcell.restart(seed)
        offset = random.normal(0.0, 0.3, len(SO101.joints))
        offset[2] += situation.arm_off
        workcell.pose_arm(offset)
        workcell.put(_near(target, random, situation.off_target_cm))
        if not situation.object_there:
            workcell.take_away()
        wander = {"light": random.normal(0.0, 1.0), "colour": 5000.0 + random.normal(0.0, 30.0)}
        change = dict(situation.scene)
        percent = wander["light"] + change.pop("light", 0.0)
        workcell.disturb("colour", wander["colour"] + change.pop("colour_by", 0.0))
        watches = {
            camera: CameraWatch(camera, FPS, self.reference, LIMITS, on_hand=camera == "gripper") for camera in CAMERAS
        }
        workcell.disturb("light", percent)
        for name, amount in change.items():
            workcell.disturb(name, amount)
        views: dict[str, View] = {}
        for index in range(FRAMES):
            if situation.ripple:
                workcell.relight(percent + 100 * situation.ripple * (-1) ** index)
            if situation.ripple or index % 2 == 0:  # every other frame is exposed anew: half the time, as good
                views = self._pictures(CAMERAS, situation)
            for camera, view in views.items():
                if situation.due is None or situation.due(camera, index):
                    watches[camera].frame(view, (index + 1) * _FRAME_NS)
        return watches

    def _pictures(self, cameras: tuple[str, ...], situation: Situation) -> dict[str, View]:
        views = self.workcell.views(cameras)
        if situation.edit is None:
            return views
        return {camera: situation.edit(camera, view) for camera, view in views.items()}

    def _scene(self, top: View, target: Placement) -> list[Finding]:
        found = self._detector.find(top)
        tolerance = Tolerance()
        outline = found.outline_px if isinstance(found, Seen) else None
        if isinstance(found, Seen):
            at = found.placement
            turn = yaw_difference(target.yaw_deg, at.yaw_deg, self._placed.symmetry_deg)
            offset_cm = float(np.hypot(at.x_cm - target.x_cm, at.y_cm - target.y_cm))
            seen = ObjectSeen(True, offset_cm=offset_cm, turn_deg=turn)
        else:
            seen = ObjectSeen(False, found.reason, found.missing)
        scene = SceneWatch(self.reference, LIMITS, px_per_cm=self._view.px_per_cm(18.0, 0.0))
        return [
            *scene.findings(top, object_px=outline, in_start_pose=True),
            *object_findings(
                seen, name=self._placed.name, tolerance_cm=tolerance.position_cm, tolerance_deg=tolerance.yaw_deg
            ),
        ]

    def find(self, top: View) -> Seen | Unseen:
        """The object in the top picture."""
        return self._detector.find(top)

    def contrast_of_a_faint_object(self, seed: int) -> list[Finding]:
        """The object's colour pulled to a twelfth of its distance from the table's, its place told by the operator."""
        random = np.random.default_rng(seed)
        place = self.visible_place(random)
        self.workcell.restart(seed)
        self.workcell.pose_arm()
        self.workcell.put(place)
        top, empty = self.workcell.views(("top",))["top"], self.reference.cameras["top"].view
        faint = View.of_bgr((empty.bgr + (top.bgr.astype(np.float32) - empty.bgr) / 12).astype(np.uint8))
        return [contrast_finding(faint, self._view.object_outline(self._placed, place), LIMITS)]

    def visible_place(self, random: np.random.Generator) -> Placement:
        """A reachable place that the arm at home does not cover from above."""
        while True:
            place = random_placement(random)
            if not (abs(place.y_cm) < 10.0 and place.x_cm < 32.0):
                return place

    # ---- during and after ----

    def clean_seeds(self, first: int, count: int) -> list[int]:
        """The first `count` seeds from `first` on whose take is clean; a second try is none, and rightly flagged."""
        seeds: list[int] = []
        while len(seeds) < count:
            if self.demonstration(first).clean:
                seeds.append(first)
            first += 1
        return seeds

    def demonstration(self, seed: int) -> Demonstration:
        """The scripted demonstrator's take, physics only; kept, because several cases change the same one."""
        if seed not in self._taken:
            self._taken[seed] = self._demonstrate(seed)
        return self._taken[seed]

    def _demonstrate(self, seed: int) -> Demonstration:
        random = np.random.default_rng(seed)
        lock = LockStep(seed)
        rows, snapshots = [], []
        for moment in lock.demonstrate(self.visible_place(random), Start.nominal, seed):
            if moment.index % 2:
                continue
            ages = {camera: float(random.uniform(2.0, 22.0)) for camera in CAMERAS}
            state = tuple(moment.reading.position.tolist())
            target = tuple(moment.target.tolist())
            rows.append(RowFacts(len(rows) / FPS, state, target, (), 0, ages, dict.fromkeys(CAMERAS, False)))
            if len(rows) % LOOK_EVERY_ROWS == 1:
                snapshots.append(lock.world.snapshot())
        signals = self._signals(rows)
        grasps = gripper_swings(signals.action[:, -1], 6.0).count(Swing.closes)
        success = lock.workcell.outcome() is Outcome.success
        return Demonstration(tuple(rows), tuple(snapshots), signals, success and grasps == 1)

    def during(self, demonstration: Demonstration, *, change: Mapping[str, float] | None = None) -> list[Finding]:
        """The watch over a take; `change` are the simulator's disturbances from its middle on."""
        watch = TakeWatch(JOINTS, LIMITS)
        for row in demonstration.rows:
            watch.row(row)
        self.workcell.disturb("clear", 0.0)
        for index, snapshot in enumerate(demonstration.snapshots):
            if change and index == len(demonstration.snapshots) // 2:
                for name, amount in change.items():
                    self.workcell.disturb(name, amount)
            shown = replace(snapshot, appearance=self.workcell.world.appearance)
            self._look(watch, self.workcell.photograph(shown, FIXED, moved=True))
        self.workcell.disturb("clear", 0.0)
        return watch.findings()

    def _look(self, watch: TakeWatch, views: Mapping[str, View]) -> None:
        for camera, view in views.items():
            reference = self.reference.cameras[camera]
            light = illumination(view, reference.view)
            if light is not None:
                watch.light(camera, light.level)
            moved = movement(view, reference, light.level if light else 1.0)
            watch.mount(mount_finding(camera, moved, LIMITS, in_take=True))

    def after(self, signals: EpisodeSignals) -> list[Finding]:
        return after_findings(signals, self._usual, LIMITS)

    def _signals(self, rows: list[RowFacts]) -> EpisodeSignals:
        state = np.array([row.position for row in rows])
        tool = [self._kinematics.tool(position) for position in state]
        return EpisodeSignals(
            time_s=np.array([row.monotonic_s for row in rows]),
            state=state,
            action=np.array([row.action for row in rows]),
            joints=JOINTS,
            tool_mm=1000 * np.array([(pose.x_m, pose.y_m, pose.z_m) for pose in tool]),
            frames=dict.fromkeys(CAMERAS, len(rows)),
            object_seen=(True,) * 10,
        )


def _near(target: Placement, random: np.random.Generator, off_cm: float) -> Placement:
    """Laid by a person: within half of the tolerance, or `off_cm` away in some direction."""
    angle = random.uniform(0, 2 * np.pi)
    radius = off_cm or random.uniform(0.0, 0.5)
    return Placement(
        target.x_cm + radius * float(np.cos(angle)),
        target.y_cm + radius * float(np.sin(angle)),
        target.yaw_deg + float(random.uniform(-4.0, 4.0)),
    )
