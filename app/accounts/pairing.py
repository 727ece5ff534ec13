"""A short code that turns one browser into a session of its maker: for a tablet without a keyboard."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from app.accounts.errors import WrongCode
from app.accounts.store import digest
from app.core.clock import NS_PER_S, Clock
from app.core.identity import Role

LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
LENGTH = 8
VALID_S = 300


@dataclass(frozen=True)
class Offer:
    account: str
    role: Role
    label: str
    ends_ns: int


class Pairing:
    """Codes of 39 bits, good once and for five minutes; kept in memory only, as digests."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offers: dict[str, Offer] = {}

    def offer(self, account: str, role: Role, label: str) -> str:
        """A code for one tablet; an earlier one of the same account ends."""
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        self._offers = {key: offer for key, offer in self._offers.items() if offer.account != account}
        self._offers[digest(code)] = Offer(account, role, label, self._clock.monotonic_ns() + VALID_S * NS_PER_S)
        return code

    def accept(self, code: str) -> Offer:
        """What the code was made for; it is used up. Raises `WrongCode`."""
        offer = self._offers.pop(digest(normal(code)), None)
        if offer is None or offer.ends_ns < self._clock.monotonic_ns():
            raise WrongCode("That code is not valid: it is good once, for five minutes.", todo="Make a new one.")
        return offer


def normal(code: str) -> str:
    """As it was made: people type small letters and gaps."""
    return "".join(code.upper().split()).replace("-", "")
