""" "This is how it should look": averages a few pictures of every camera into the dataset's reference."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from app.checks.inspection import TOP
from app.checks.reference import CameraReference, Reference, average
from app.checks.view import View
from app.core.errors import Conflict, NotReady
from app.devices import Placement, Start
from app.guidance.detector import learn_look
from app.guidance.plan import Plan
from app.guidance.table_view import TableView
from app.recording import Phase
from app.web.guided.data import GuidedData

if TYPE_CHECKING:
    from app.web.guided.guided import Guided
    from app.web.studio import Studio

PICTURES = 8
WAIT_S = 10.0
STILL_S = 0.3
STEPS = "Clear the table, leave only the mug, drive the arm home, and let the light be as it should."


class NotCapturable(Conflict):
    code = "reference_blocked"


class ReferenceCapture:
    """One capture at a time. `failed_for` is the dataset whose automatic capture failed once."""

    def __init__(self, studio: Studio, data: GuidedData) -> None:
        self._studio = studio
        self._data = data
        self.running = False
        self.failed_for = ""

    def blocked(self, guided: Guided) -> str:
        """Why none can be captured now, "" when it can."""
        if self.running:
            return "The reference is being captured."
        if self._studio.recorder.phase is not Phase.idle:
            return "A take is under way."
        if guided.guide is None:
            return "The dataset has no plan that a reference would belong to."
        if self._studio.not_ready_reason():
            return self._studio.not_ready_reason()
        if not guided.workplace.simulated and not self._studio.at_start_pose:
            return "The arm is not in its start pose: drive it home first."
        return ""

    async def by_operator(self, guided: Guided) -> None:
        """The table is as it should look: the operator has cleared it, and the arm is in its start pose."""
        with self._alone(guided) as name:
            await self._keep(name, Reference(await self._pictures(), guided.workplace.position, made_at=self._now()))
        guided.look_again()

    async def simulated(self, guided: Guided, client: str) -> None:
        """The simulator puts its object aside, is photographed, and gets the object back where it lay.

        It also shows the object once, 25 cm ahead and 15 cm to the left, so that its colour is known.
        """
        with self._alone(guided) as name:
            await guided.homing.cancel()
            before = await self._studio.scene.truth()
            shown = Placement(25.0, 15.0, 30.0)
            await self._studio.scene.place(shown, Start.nominal, client)
            try:
                await self._studio.scene.put_aside()
                await asyncio.sleep(STILL_S)
                pictures, pose = await self._pictures(), guided.workplace.position
                await self._studio.scene.place(shown, None, client)
                await asyncio.sleep(STILL_S)
                top = (await self._views(3))[TOP]
            finally:
                with contextlib.suppress(Conflict):
                    await self._studio.scene.place(before if before and _on_table(before) else shown, None, client)
            reference = Reference(pictures, pose, made_at=self._now())
            if guided.loaded.plan is not None and guided.workplace.table_view is not None:
                reference = await asyncio.to_thread(
                    _with_look, reference, average(top), guided.workplace.table_view, guided.loaded.plan, shown
                )
            await self._keep(name, reference)
        guided.look_again()

    async def learn_object(self, guided: Guided) -> None:
        """The operator has said where the object lies: its colour is learnt from there, once."""
        name, reference, plan = guided.loaded.dataset, guided.loaded.reference, guided.loaded.plan
        view = guided.workplace.table_view
        target = guided.guide.target if guided.guide is not None else None
        if reference is None or plan is None or view is None or target is None or reference.object_lab is not None:
            return
        top = (await self._views(3))[TOP]
        learnt = await asyncio.to_thread(_with_look, reference, average(top), view, plan, target.placement)
        await self._keep(name, learnt)
        guided.look_again()

    @contextlib.contextmanager
    def _alone(self, guided: Guided) -> Iterator[str]:
        """The dataset that is captured for, whatever is chosen meanwhile."""
        if reason := self.blocked(guided):
            raise NotCapturable(reason, todo=STEPS)
        self.running = True
        self._studio.changed("checks")
        try:
            yield guided.loaded.dataset
        finally:
            self.running = False
            self._studio.changed("checks")

    async def _pictures(self) -> dict[str, CameraReference]:
        views = await self._views(PICTURES)
        return {camera: CameraReference(average(taken)) for camera, taken in views.items()}

    async def _views(self, count: int) -> dict[str, list[View]]:
        """The next `count` pictures of each camera. Raises `NotReady` when one does not deliver."""
        rings = self._studio.rings()
        last = {name: ring.latest_index for name, ring in rings.items()}
        taken: dict[str, list[View]] = {name: [] for name in rings}
        for _ in range(round(WAIT_S / 0.05)):
            if all(len(views) >= count for views in taken.values()) and taken:
                return taken
            await asyncio.sleep(0.05)
            for name, ring in rings.items():
                index = ring.latest_index
                if index > last[name] and (picture := ring.i420(index)) is not None:
                    taken[name].append(View(picture))
                    last[name] = index
        silent = ", ".join(name for name, views in taken.items() if len(views) < count) or "every camera"
        raise NotReady(
            f"No pictures for the reference from: {silent}.", todo="Look at the cameras, then capture again."
        )

    async def _keep(self, name: str, reference: Reference) -> None:
        await asyncio.to_thread(self._data.references.save, name, reference)

    def _now(self) -> str:
        return self._studio.clock.wall().isoformat(timespec="seconds")


def _with_look(reference: Reference, top: View, view: TableView, plan: Plan, at: Placement) -> Reference:
    look = learn_look(top, view, plan.object, at)
    return replace(reference, object_lab=look.lab, object_spread=look.spread)


def _on_table(place: Placement) -> bool:
    return -8 <= place.x_cm <= 46 and -45 <= place.y_cm <= 45
