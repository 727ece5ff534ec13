"""How precise a stage is asked to be, as a whole or by groups of its operators.

Nothing here imports a converter: what is asked can be read and written anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.core.errors import Invalid


class Precision(StrEnum):
    """`int8_all` quantizes softmax and attention too. It is there to show that it breaks; no artifact may hold it."""

    fp32 = "fp32"
    fp16 = "fp16"
    bf16 = "bf16"
    int8_dynamic = "int8_dynamic"
    int8_static = "int8_static"
    int4 = "int4"
    int8_all = "int8_all"


class Group(StrEnum):
    """Operators that bear a precision of their own: convolutions, products with weights, the last of these, tables,
    and the rest, which has no weights: attention products, softmax, norms, sums. It stays in a float.
    """

    convolutions = "convolutions"
    products = "products"
    head = "head"
    tables = "tables"
    rest = "rest"


class PrecisionInvalid(Invalid):
    code = "precision_invalid"


# What each group can be; whole-stage precisions (fp16, bf16, int8_all) stand apart.
BEARS: Mapping[Group, tuple[Precision, ...]] = {
    Group.convolutions: (Precision.fp32, Precision.int8_static),
    Group.products: (Precision.fp32, Precision.int8_dynamic, Precision.int8_static, Precision.int4),
    Group.head: (Precision.fp32, Precision.int8_dynamic, Precision.int8_static, Precision.int4),
    Group.tables: (Precision.fp32, Precision.int8_dynamic),
    Group.rest: (Precision.fp32, Precision.bf16),
}
WHOLE = (Precision.fp16, Precision.bf16, Precision.int8_all)


@dataclass(frozen=True)
class StagePrecision:
    """What one stage is asked to be: one word for all its operators, or a word for each group."""

    groups: Mapping[Group, Precision]
    whole: Precision | None = None

    @classmethod
    def of(cls, word: str) -> StagePrecision:
        """ "int8_dynamic", "products=int8_dynamic,head=fp32", or "int8_static,rest=bf16". Raises `PrecisionInvalid`.

        A word without a group means: every group that bears it, and float32 for the others.
        """
        first, _, others = word.partition(",")
        if "=" in first:
            return cls._by_group(word, dict.fromkeys(Group, Precision.fp32))
        precision = _precision(first)
        if precision in WHOLE:
            if others:
                raise PrecisionInvalid(
                    f"{precision} is for a whole stage, not beside {others!r}.", todo="Name it alone."
                )
            return cls({}, precision)
        groups = {group: precision if precision in bears else Precision.fp32 for group, bears in BEARS.items()}
        return cls._by_group(others, groups) if others else cls(groups)

    @classmethod
    def _by_group(cls, words: str, groups: dict[Group, Precision]) -> StagePrecision:
        for part in words.split(","):
            name, _, word = part.partition("=")
            if name not in Group.__members__:
                raise PrecisionInvalid(f"There is no group {name!r}.", todo=f"Groups: {', '.join(Group)}.")
            group, precision = Group(name), _precision(word)
            if precision not in BEARS[group]:
                raise PrecisionInvalid(
                    f"The group {group} cannot be {precision}.", todo=f"It can be: {', '.join(BEARS[group])}."
                )
            groups[group] = precision
        return cls(groups)

    def at(self, group: Group) -> Precision:
        return self.whole or self.groups.get(group, Precision.fp32)

    @property
    def needs_calibration(self) -> bool:
        return Precision.int8_all is self.whole or Precision.int8_static in self.groups.values()

    def as_json(self) -> dict[str, str]:
        """For policy.json: only what is not float32."""
        if self.whole:
            return {"stage": str(self.whole)}
        other = {str(g): str(p) for g, p in self.groups.items() if p is not Precision.fp32}
        return other or {"stage": str(Precision.fp32)}

    def __str__(self) -> str:
        named = {group: precision for group, precision in self.groups.items() if precision is not Precision.fp32}
        if self.whole or not named:
            return str(self.whole or Precision.fp32)
        rest = named.pop(Group.rest, None)
        words = [f"{group}={precision}" for group, precision in named.items()]
        for word in set(named.values()):
            if StagePrecision.of(str(word)).groups == {**self.groups, Group.rest: Precision.fp32}:
                words = [str(word)]
        return ",".join([*words, *([f"{Group.rest}={rest}"] if rest else [])])


def _precision(word: str) -> Precision:
    if word not in Precision.__members__:
        raise PrecisionInvalid(f"There is no precision {word!r}.", todo=f"Precisions: {', '.join(Precision)}.")
    return Precision(word)
