"""What the watcher looks with, from what is loaded and which cameras there are."""

from __future__ import annotations

from app.checks.inspection import TOP, Inspection
from app.checks.thresholds import Thresholds
from app.guidance.detector import ObjectDetector, ObjectLook
from app.guidance.table_view import TableView
from app.observation import CamerasClient
from app.web.guided.data import Loaded
from app.web.guided.watcher import Eyes


def open_eyes(cameras: CamerasClient | None, loaded: Loaded, view: TableView | None, limits: Thresholds) -> Eyes | None:
    """None while there are no cameras. The detector needs plan, reference and calibration."""
    if cameras is None:
        return None
    reference, plan = loaded.reference, loaded.plan
    scale = None
    if view is not None and plan is not None:
        x, y = plan.clusters[0].x_cm, plan.clusters[0].y_cm
        scale = view.px_per_cm(x, y)
    inspection = Inspection(
        {name: float(feed.facts.fps) for name, feed in cameras.feeds.items()},
        reference,
        limits,
        px_per_cm=scale,
        focal_px=view.pose.focal_px if view is not None and view.pose is not None else None,
    )
    if reference is None or plan is None or view is None or TOP not in reference.cameras:
        return Eyes(inspection)
    lab = reference.object_lab
    look = ObjectLook(lab, reference.object_spread) if lab is not None else None
    return Eyes(inspection, ObjectDetector(view, plan.object, reference.cameras[TOP].view, look))
