"""Passwords: how they must be, and what is kept of them."""

from __future__ import annotations

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from app.accounts.errors import BadAccount

SHORTEST, LONGEST = 10, 200


class Passwords:
    """argon2id. The default cost is RFC 9106's second choice: 64 MiB, three passes, four lanes."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()

    @cached_property
    def _nobody(self) -> str:
        """What stands in for an account that is not there; made when it is needed first, for it costs a login."""
        return self._hasher.hash("nobody")

    def hashed(self, password: str, name: str) -> str:
        """What is kept; raises `BadAccount` for a password that is easily guessed."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise BadAccount(
                f"A password has {SHORTEST} to {LONGEST} characters.", todo="Take a sentence, or three words."
            )
        if password.casefold() == name.casefold() * (len(password) // max(1, len(name))) or len(set(password)) < 4:
            raise BadAccount("That password is guessed at once.", todo="Take a sentence, or three words.")
        return self._hasher.hash(password)

    def fits(self, kept: str | None, password: str) -> bool:
        """Whether it is the one; takes as long for an account that is not there (`kept` None)."""
        try:
            return self._hasher.verify(kept or self._nobody, password) and kept is not None
        except (VerifyMismatchError, InvalidHashError):
            return False
