"""What is known of the table, its cameras and the arm's start, whoever knows it: the rig itself, or a calibration."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.checks.readiness import CameraControls
from app.guidance.before import Calibrated
from app.guidance.calibration import TableCalibration
from app.guidance.table_view import TableView
from app.web.guided.data import Loaded

if TYPE_CHECKING:
    from app.observation.client import CameraFeed
    from app.web.studio import Studio


class Workplace:
    """Reads studio and dataset, changes nothing. `loaded` gives what the dataset says now."""

    def __init__(self, studio: Studio, loaded: Callable[[], Loaded]) -> None:
        self._studio = studio
        self._loaded = loaded

    @property
    def simulated(self) -> bool:
        return self._studio.rig_facts is not None and self._studio.rig_facts.simulated

    @property
    def table_view(self) -> TableView | None:
        """The simulator knows where its camera stands; a real one is calibrated."""
        feed = self._top
        if feed is not None and feed.facts.mount is not None:
            return TableView.of_mount(feed.facts.mount, feed.facts.width, feed.facts.height)
        calibration = self._loaded().calibration
        return calibration.view if calibration else None

    @property
    def table(self) -> TableCalibration | None:
        """As a dataset keeps it beside its episodes: the rig's own knowledge, or the calibration."""
        view, calibration = self.table_view, self._loaded().calibration
        if view is None or (calibration is not None and view is calibration.view):
            return calibration
        return TableCalibration(view, 0.0, 0.0, 0, self._studio.rig_name)

    @property
    def calibrated(self) -> Calibrated:
        feed = self._top
        if feed is not None and feed.facts.mount is not None:
            return Calibrated(True, known=True)
        known = self._loaded().calibration
        return Calibrated() if known is None else Calibrated(True, known.age_days(self._studio.clock.wall()))

    @property
    def controls(self) -> dict[str, CameraControls]:
        """The simulated cameras have neither automatic; real drivers do not tell yet."""
        cameras = self._studio.cameras
        if cameras is None:
            return {}
        told = CameraControls(False, False) if cameras.attached.simulated else CameraControls()
        return dict.fromkeys(cameras.feeds, told)

    @property
    def locked(self) -> dict[str, dict[str, float]]:
        """Each camera's controls as its driver read them back; empty where they are automatic."""
        cameras = self._studio.cameras
        return {name: feed.facts.locked for name, feed in cameras.feeds.items()} if cameras else {}

    def lost(self) -> dict[str, str]:
        """Why a camera delivers nothing, "" where it does. Also asked from the watcher's thread."""
        cameras = self._studio.cameras
        return {name: feed.lost for name, feed in cameras.feeds.items()} if cameras else {}

    @property
    def start_pose(self) -> dict[str, float]:
        """Where a nominal take begins: as in the reference, else the rig's home."""
        reference, facts = self._loaded().reference, self._studio.rig_facts
        if reference is not None and reference.start_pose:
            return dict(reference.start_pose)
        return {joint.name: joint.home for joint in facts.joints} if facts else {}

    @property
    def position(self) -> dict[str, float]:
        facts, position = self._studio.rig_facts, self._studio.position
        if facts is None or position is None:
            return {}
        return {joint.name: at for joint, at in zip(facts.joints, position, strict=True)}

    def near_start(self, slack_deg: float) -> bool:
        """Whether every joint is as far from the start pose as `slack_deg` at most."""
        start, position = self.start_pose, self.position
        return bool(position) and all(
            abs(position[name] - at) <= slack_deg for name, at in start.items() if name in position
        )

    @property
    def _top(self) -> CameraFeed | None:
        return self._studio.cameras.feeds.get("top") if self._studio.cameras else None
