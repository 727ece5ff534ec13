"""What a verification found: each thing once, where it is, in words, and whether it can be mended."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_OF_A_KIND = 20


@dataclass(frozen=True)
class Finding:
    """`where` is a file or an episode; `mendable` by computing it again from what is there."""

    code: str
    where: str
    words: str
    mendable: bool = False
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.words}"


@dataclass
class Report:
    """`findings` in the order found; of one kind the first twenty, the rest are counted in `more`."""

    name: str = ""
    findings: list[Finding] = field(default_factory=list)
    more: dict[str, int] = field(default_factory=dict)
    episodes: int = 0
    frames: int = 0
    pictures: int = 0

    def add(self, code: str, where: str, words: str, *, mendable: bool = False, warning: bool = False) -> None:
        if sum(one.code == code for one in self.findings) >= MOST_OF_A_KIND:
            self.more[code] = self.more.get(code, 0) + 1
            return
        self.findings.append(Finding(code, where, words, mendable, warning))

    @property
    def errors(self) -> list[Finding]:
        return [one for one in self.findings if not one.warning]

    @property
    def sound(self) -> bool:
        return not self.errors

    @property
    def unmendable(self) -> list[Finding]:
        return [one for one in self.errors if not one.mendable]

    def lines(self) -> Iterator[str]:
        """The report in words, for a terminal."""
        for one in self.findings:
            mark = "note" if one.warning else "can be repaired" if one.mendable else "cannot be repaired"
            yield f"{one}  [{one.code}, {mark}]"
        for code, count in self.more.items():
            yield f"and {count} more of {code}"
        yield self.words

    @property
    def words(self) -> str:
        looked = f"{self.episodes} episodes, {self.frames} rows and {self.pictures} pictures were looked at"
        if self.sound:
            return f"{self.name} is sound: {looked}."
        count = len(self.errors) + sum(self.more.values())
        mendable = sum(one.mendable for one in self.errors)
        return f"{self.name} has {count} faults, {mendable} of those listed can be repaired: {looked}."
