"""The simulated table as the studio commands it: where the object lies, who demonstrates, what is put wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.control.client import require_ok
from app.core.errors import Conflict
from app.devices import Placement, Start

if TYPE_CHECKING:
    from app.web.studio.studio import Studio


class Scene:
    """`start` is the state that the next take begins in. A real table refuses each of these in the rig."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self.start = Start.nominal

    async def place(self, placement: Placement, start: Start | None, client: str = "") -> None:
        """Put the object there, or with `start` the whole scene into that state.

        Never during a take, and the scene (the arm with it) not while somebody else drives.
        """
        studio = self._studio
        if studio.recorder.take is not None:
            raise Conflict("The object is not moved while a take runs.", todo="Save or discard the take first.")
        lease = studio.lease()
        if start is not None and lease is not None and lease.source not in ("", client):
            raise Conflict(f"{lease.label} has control: the scene is not reset under way.", todo="Ask for control.")
        wanted = start.value if start else None
        reply = await studio.require_rig().place(placement.x_cm, placement.y_cm, placement.yaw_deg, wanted)
        require_ok(reply)
        self.start = start or Start.nominal

    async def put_aside(self) -> None:
        """Take the object off the table."""
        require_ok(await self._studio.require_rig().put_aside())

    async def demonstrate(self, seed: int) -> None:
        """Let the scripted demonstrator perform once."""
        require_ok(await self._studio.require_rig().demonstrate(seed))

    async def disturb(self, name: str, amount: float) -> None:
        """Put something wrong, or right again."""
        require_ok(await self._studio.require_rig().disturb(name, amount))
        self._studio.guided.disturbed(name, amount)

    async def truth(self) -> Placement | None:
        """Where the object really lies; None where only an operator could tell."""
        values = (await self._studio.require_rig().ask_truth()).values
        if not values:
            return None
        return Placement(float(values["x_cm"]), float(values["y_cm"]), float(values["yaw_deg"]))
