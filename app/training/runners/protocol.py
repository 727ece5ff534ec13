"""What a training looks like to whom follows it, wherever it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

from app.training.folder import RunFolder
from app.training.models import Run

type Tell = Callable[[str], None]


class Training(Protocol):
    """One lerobot-train, begun or found running.

    `first` is the step it began from. `replays` means that it was found running
    and tells its log from the beginning. `last` holds its last lines.
    """

    @property
    def first(self) -> int: ...

    @property
    def replays(self) -> bool: ...

    @property
    def last(self) -> Sequence[str]: ...

    def lines(self, wait_s: float = 1.0) -> Iterator[str | None]:
        """Each line as it comes; None when nothing came for `wait_s`. Ends when it has ended. Raises ConnectionLost."""
        ...

    def bring(self) -> None:
        """Fetch checkpoints that are whole there and not here yet."""
        ...

    def use(self) -> Mapping[str, Any]:
        """What it takes since the last look, each only where known: memory_bytes, cores, gpu (0..1)."""
        ...

    def wait(self) -> int:
        """Popen's status."""
        ...

    def pause(self) -> None:
        """Stand still while a checkpoint is scored, where both would share the processors."""
        ...

    def go_on(self) -> None: ...

    def end(self) -> None:
        """Ask it to end, then make it; nothing is left on return. After ConnectionLost it is let be."""
        ...


class Runner(Protocol):
    """One place to train."""

    def begin(self, run: Run, folder: RunFolder, tell: Tell) -> Training:
        """Start it, go on from the last checkpoint, or find it running. The view is in the folder.

        Raises TrainingFailed, ConnectionLost, LeRobotMissing.
        """
        ...

    def forget(self, name: str, view: str, id_: str) -> str:
        """Remove what the run `name` left there, and its view unless another run uses it; says what became of that.

        `id_` is its last job there, where it has one. Raises TrainingFailed.
        """
        ...

    def about(self) -> Mapping[str, Any]:
        """What that place has: python, lerobot, cards, cores, memory_bytes, free_bytes; each where known."""
        ...
