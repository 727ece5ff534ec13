"""Executes a policy's chunks at the control rate: interpolates, ramps in, and never jumps when the queue runs dry."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from app.control.chunkcheck import ChunkCheck
from app.control.errors import ChunkRefused
from app.control.gate import Wish
from app.control.messages import Execute, Look, LookAnswer, LookFailed
from app.control.models import Fallback, RunPhase
from app.control.motions import DriveTo
from app.control.retreat import Way
from app.control.runfigures import RunFigures
from app.core.clock import NS_PER_S
from app.devices import ArmModel, ArmReading, Vector

SYNCHRONOUS = "synchronous"
_NEAR = 3.0  # joint units: so far a first target is glided to within its step; further off it is ramped to
_ENTRY_GENTLENESS = 0.25
_RETREAT_AFTER_S = 1.0
_SLOWEST = 0.25
_RETRY_NS = NS_PER_S // 5

type Queued = npt.NDArray[np.float32]


class Ahead(Protocol):
    """What a policy should continue: rows (L, A) from the look's step on."""

    @property
    def actions(self) -> Queued: ...


class Plan(Protocol):
    """A strategy of app/policies/strategies, which says when to look and what is next; bootstrap brings it."""

    def reset(self) -> None: ...
    def wants(self, step: int) -> bool: ...
    def continuation(self, step: int, delay: int) -> Ahead | None: ...
    def accept(self, actions: Queued, observed_step: int, step: int) -> int: ...
    def action(self, step: int) -> Queued | None: ...
    def depth(self, step: int) -> int: ...


class ExecuteChunks:
    """The motion of one run, from its start or resumption until it ends or somebody else moves the arm.

    A step is a period of the policy in which an action was executed; `_next` is
    the one whose action will be fetched next. Within a step the arm glides from
    the action before to that of the step. `ask` gets each look; one is under way
    at a time. Everything is called by the control thread.
    """

    finished = False

    def __init__(
        self,
        order: Execute,
        plan: Plan,
        arm: ArmModel,
        figures: RunFigures,
        ask: Callable[[Look], None],
        looks: int = 0,
    ) -> None:
        plan.reset()
        self.cuts: tuple[str, ...] = ()
        self.phase = RunPhase.waiting
        self.reason = "The policy looks for the first time."
        self.looks = looks
        self._order = order
        self._plan = plan
        self._arm = arm
        self._figures = figures
        self._ask = ask
        self._check = ChunkCheck(arm, order.horizon, order.fps)
        self._step_ns = NS_PER_S / order.fps
        self._way = Way(order.fps)
        self.cut_off = ""
        self._ticked_ns = 0
        self._retry_ns = 0
        self._anew()

    def _anew(self) -> None:
        """As if nothing was ever asked: the next look is at where the arm is then."""
        self._plan.reset()
        self._next = 0
        self._asked: Look | None = None
        self._asked_step, self._asked_ns, self._observed_ns = 0, 0, 0
        self._from: Vector | None = None
        self._to: Vector | None = None
        self._share = 1.0
        self._drive: DriveTo | None = None
        self._seam = False
        self._first = True

    @property
    def queue(self) -> int:
        return self._plan.depth(self._next)

    @property
    def standing(self) -> bool:
        """It wants nothing until a person resumes it, by a motion of its own."""
        return self.phase in (RunPhase.paused, RunPhase.held)

    # ---- orders ----

    def stand(self, phase: RunPhase, reason: str) -> None:
        """Brake and hold: paused, or held because something may not be executed."""
        self.phase, self.reason = phase, reason
        self._asked = None

    def answer(self, said: LookAnswer, now_ns: int) -> None:
        """The chunk for a look; one that may not be executed holds the arm, in words."""
        asked = self._asked
        if asked is None or said.look != asked.look:
            return
        self._asked = None
        if self.phase is RunPhase.retreating:  # it saw the arm where it is no more
            self._way.turn()
            self._anew()
            self.phase, self.reason = RunPhase.waiting, "The policy looks again from here."
            return
        try:
            self._accept(said, asked, now_ns)
        except ChunkRefused as refused:
            self._figures.refused += 1
            self.stand(RunPhase.held, str(refused))

    def failed(self, said: LookFailed, now_ns: int) -> None:
        """The policy could not answer: try again a little later, or hold."""
        if self._asked is None or said.look != self._asked.look:
            return
        self._asked, self.reason, self._retry_ns = None, said.text, now_ns + _RETRY_NS
        if said.hold:
            self._figures.refused += 1
            self.stand(RunPhase.held, said.text)

    # ---- the motion ----

    def begin(self, sent: Vector, now_ns: int) -> None:
        """The arm engages on it, from wherever it is: what was being executed is ramped to."""
        self._ticked_ns = now_ns
        if self._to is not None and not self.standing:
            self._enter(self._to, sent, now_ns)

    def settled(self, now_ns: int) -> None:
        pass

    def wish(self, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        elapsed_ns, self._ticked_ns = now_ns - self._ticked_ns, now_ns
        if self.standing:
            return None
        self._figures.tick(now_ns)
        self._watch_look(now_ns)
        if self._drive is None and self._share >= 1.0 and not self._fetch(sent, reading, now_ns):
            return self._dry(elapsed_ns, now_ns)
        if self._drive is not None:
            return self._driven(self._drive, sent, reading, now_ns)
        return self._glide(elapsed_ns, reading, now_ns)

    def _glide(self, elapsed_ns: int, reading: ArmReading, now_ns: int) -> Wish:
        rate = self._rate(now_ns)
        self._share += rate * elapsed_ns / self._step_ns
        while self._share >= 1.0 and self._to is not None:
            over = self._share - 1.0
            if not self._fetch(self._to, reading, now_ns):
                break
            self._share = over
        assert self._from is not None
        assert self._to is not None
        share, way = min(1.0, self._share), self._to - self._from
        speed = way * (rate * NS_PER_S / self._step_ns) if share < 1.0 else np.zeros_like(way)
        return Wish(self._from + way * share, speed)

    def _fetch(self, at: Vector, reading: ArmReading, now_ns: int) -> bool:
        """Begin the next step from `at`, if there is an action for it, and look where the strategy wants to."""
        action = self._plan.action(self._next)
        if action is None:
            self._want(self._next, reading, now_ns)
            return False
        target = np.asarray(action, np.float64)
        entering, self._first = self._first, False
        self._from, self._to, self._share = at, target, 0.0
        self._next += 1
        self._way.add(target)
        self._figures.executed(target, self._observed_ns, now_ns, seam=self._seam)
        self._seam = False
        self.phase, self.reason = RunPhase.executing, ""
        if entering:
            self._enter(target, at, now_ns)
        self._want(self._next - 1, reading, now_ns)
        return True

    # ---- looks ----

    def _want(self, step: int, reading: ArmReading, now_ns: int) -> None:
        if self.cut_off or self._asked is not None or now_ns < self._retry_ns or not self._plan.wants(step):
            return
        delay = int(np.ceil(self._look_s * self._order.fps))
        ahead = self._plan.continuation(step, delay) if self._order.continues else None
        self.looks += 1
        self._asked_step, self._asked_ns = step, now_ns
        self._asked = Look(
            run=self._order.run,
            look=self.looks,
            monotonic_ns=reading.monotonic_ns,
            position=tuple(reading.position.tolist()),
            fresh=self._first,
            ahead=() if ahead is None else tuple(tuple(row) for row in ahead.actions.tolist()),
            delay=delay,
        )
        self._ask(self._asked)

    def _watch_look(self, now_ns: int) -> None:
        """A look that does not return is cut off: nothing is asked any more, and the queue runs dry for good."""
        most_s = self._order.cut_off_s
        if self._asked is None or not most_s or now_ns - self._asked_ns <= most_s * NS_PER_S:
            return
        self._asked = None
        self.cut_off = f"The policy did not answer within {most_s:g} s: the look was cut off."

    def _accept(self, said: LookAnswer, asked: Look, now_ns: int) -> None:
        rows = self._check.rows(said.rows)
        late = self._next - self._asked_step
        if self._to is None:
            self._check.entry(np.array(asked.position), rows[0])
        elif late < len(rows):
            self._check.seam(self._to, rows[late])
        lost = self._plan.accept(rows.astype(np.float32), self._asked_step, self._next)
        self._figures.answer(self._asked_ns, now_ns, said.stages_ms, lost)
        self._observed_ns, self._seam = said.observed_ns, True

    @property
    def _look_s(self) -> float:
        return self._figures.usual_look_s or self._order.look_s

    # ---- ramping in ----

    def _enter(self, target: Vector, at: Vector, now_ns: int) -> None:
        if np.max(np.abs(target - at)) <= _NEAR:
            self._from, self._share = at, 0.0
            return
        self.phase, self.reason = RunPhase.entering, "Ramping to the policy's target."
        self._drive = DriveTo(self._arm, target, gentleness=_ENTRY_GENTLENESS)
        self._drive.begin(at, now_ns)

    def _driven(self, drive: DriveTo, sent: Vector, reading: ArmReading, now_ns: int) -> Wish | None:
        wish = drive.wish(sent, reading, now_ns)
        if drive.finished:
            self._drive, self._from, self._share = None, self._to, 1.0
        return wish

    # ---- the queue is empty, or soon will be ----

    def _rate(self, now_ns: int) -> float:
        """The share of the policy's pace: less where the fallback stretches what is left over the look under way."""
        if self._order.fallback is not Fallback.slow or self._asked is None or self._order.mode == SYNCHRONOUS:
            return 1.0
        waited_s = (now_ns - self._asked_ns) / NS_PER_S
        wanted_s = max(self._look_s - waited_s, 0.2 * self._look_s)
        left_s = (self.queue + 1.0 - min(1.0, self._share)) * self._step_ns / NS_PER_S
        return float(np.clip(left_s / wanted_s, _SLOWEST, 1.0)) if wanted_s > 0.0 else 1.0

    def _dry(self, elapsed_ns: int, now_ns: int) -> Wish | None:
        if self.cut_off:
            return self._cut_short(elapsed_ns)
        if self._to is None:
            return None
        stalled_s = self._figures.starved(now_ns) / NS_PER_S
        still = Wish(self._to, np.zeros_like(self._to))
        if self._order.mode == SYNCHRONOUS:
            self.phase, self.reason = RunPhase.waiting, "The policy thinks; the arm holds."
            return still
        if self._order.fallback is Fallback.retreat and stalled_s >= _RETREAT_AFTER_S and len(self._way):
            self.phase, self.reason = RunPhase.retreating, "The queue stays empty: the arm goes back the way it came."
            return self._way.back(elapsed_ns)
        if self.phase is not RunPhase.starved:
            self.phase, self.reason = RunPhase.starved, "The queue is empty: the arm holds until the policy answers."
        return still

    def _cut_short(self, elapsed_ns: int) -> Wish | None:
        """The last of the fallback: back the way it came where that was chosen, then held for a person to decide."""
        if self._order.fallback is Fallback.retreat and len(self._way) > 1:
            self.phase, self.reason = RunPhase.retreating, f"{self.cut_off} The arm goes back the way it came."
            return self._way.back(elapsed_ns)
        self.stand(RunPhase.held, f"{self.cut_off} The arm holds.")
        return None
