"""Who is asking: carried by every request from the first day."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    viewer = "viewer"
    operator = "operator"
    lead = "lead"
    admin = "admin"


@dataclass(frozen=True)
class Identity:
    """A person and the client they speak through.

    `client` names one browser tab or program: the lease belongs to it.
    """

    user: str
    role: Role
    client: str

    @staticmethod
    def local(client: str) -> Identity:
        """The one user of a loopback studio, who may do everything."""
        return Identity("local", Role.admin, client)
