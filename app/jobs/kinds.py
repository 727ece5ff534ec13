"""The kinds of job there are: each says what it takes, and names the code that only its child imports."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from app.jobs.errors import JobInvalid, LeRobotMissing
from app.jobs.models import Outcome
from app.storage.paths import DataFolder


class Arguments(BaseModel):
    """A job's arguments: named, typed, checked at the door and again in the child; never an option, never a shell's."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _nothing(arguments: Any) -> tuple[str, ...]:
    return ()


def _never(arguments: Any, folder: DataFolder) -> None:
    return None


@dataclass(frozen=True)
class Kind:
    """One kind of job.

    `entry` is `module:function`, called in the child as `function(arguments,
    work) -> Outcome`; it is a name and no import, so that what it imports (torch,
    LeRobot) never reaches the web process. `refuse` raises a StudioError before
    the job is made; it and `title` run in the web process and stay quick.
    """

    name: str
    arguments: type[Arguments]
    entry: str
    title: Callable[[Any], str]
    heavy: bool = True
    about: Callable[[Any], tuple[str, ...]] = _nothing
    rewrites: Callable[[Any], tuple[str, ...]] = _nothing
    refuse: Callable[[Any, DataFolder], None] = _never
    needs: tuple[str, ...] = ()
    grace_s: float = 10.0

    def require_installed(self) -> None:
        """Raises LeRobotMissing when a package that it `needs` is not here; imports none of them."""
        for package in self.needs:
            if importlib.util.find_spec(package) is None:
                raise LeRobotMissing(
                    "LeRobot is not installed, and this needs it.",
                    todo="Install it with ./understudy install lerobot, then try again.",
                )

    def parse(self, raw: object) -> Arguments:
        """The arguments of a job. Raises JobInvalid with every fault in words."""
        try:
            return self.arguments.model_validate(raw)
        except ValidationError as error:
            faults = [f"{'.'.join(map(str, fault['loc'])) or self.name}: {fault['msg']}" for fault in error.errors()]
            raise JobInvalid(
                f"{self.name} does not take these arguments: {'; '.join(faults[:5])}.",
                todo="GET /openapi.json says what each kind takes.",
            ) from error

    def load(self) -> Callable[[Any, Any], Outcome]:
        """The function that performs it; imports whatever it needs. For the child only."""
        module, _, function = self.entry.partition(":")
        return getattr(importlib.import_module(module), function)


class Kinds:
    """Every kind by its name."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        self._kinds: dict[str, Kind] = {}
        for kind in kinds:
            if kind.name in self._kinds:
                raise ValueError(f"two kinds of job are called {kind.name}")
            self._kinds[kind.name] = kind

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def get(self, name: str) -> Kind:
        """Raises JobInvalid."""
        if name not in self._kinds:
            raise JobInvalid(
                f"There is no kind of job called {name[:80]!r}.", todo=f"There are: {', '.join(self._kinds)}."
            )
        return self._kinds[name]
