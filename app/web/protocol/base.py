"""What every message of the protocol is: a frozen model that knows its fields."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Finite = Annotated[float, Field(allow_inf_nan=False)]
Id = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]  # a browser counts no further
Name = Annotated[str, Field(min_length=1, max_length=80)]


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Command(Model):
    """What a client asks for; `id` comes back with the reply (0: none wanted)."""

    id: Id = 0
