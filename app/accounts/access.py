"""What decides who comes in: accounts, pairing codes, how often somebody may try."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from app.accounts.audit import AuditLog, Event
from app.accounts.errors import BadAccount, WrongPassword
from app.accounts.models import RANK, Account, Kind, Session
from app.accounts.pairing import Pairing
from app.accounts.passwords import Passwords
from app.accounts.store import Accounts, digest
from app.accounts.throttle import Bucket, Throttle
from app.core.clock import Clock
from app.core.identity import Role

STOPS_AT_ONCE, STOP_EVERY_S = 10, 3.0


class Access:
    """One studio's. `sign_in` is false on loopback, where whoever is at the machine may do everything."""

    def __init__(self, accounts: Accounts, audit: AuditLog, clock: Clock, sign_in: bool, passwords: Passwords) -> None:
        self.accounts = accounts
        self.audit = audit
        self.sign_in = sign_in
        self.passwords = passwords
        self.pairing = Pairing(clock)
        self.stops = Bucket(clock, STOPS_AT_ONCE, STOP_EVERY_S)
        self._by_address = Throttle(clock)
        self._by_name = Throttle(clock, free=20)
        self._refusals = Bucket(clock, size=20, every_s=1.0)
        self._one_at_a_time = threading.Lock()

    def note(self, event: Event) -> None:
        """Into the log; of refusals no more than one a second of each person, so that none can fill the disk."""
        if event.outcome == "done" or self._refusals.take(f"{event.user} {event.address}"):
            self.audit.tell(event)

    def session(self, token: str) -> Session | None:
        """The session of a token, and it counts as used."""
        session = self.accounts.session(digest(token)) if token else None
        if session is not None:
            self.accounts.touch(session)
        return session

    def attempt(self, name: str, address: str) -> Attempt:
        """Begin to sign in; raises `TooOften`. The slow part is `Attempt.fits`, for a thread."""
        self._by_address.require(address)
        self._by_name.require(name.casefold())
        # Counted as a failure until it is known to be none: many at once must not all be free.
        self._by_address.failed(address)
        self._by_name.failed(name.casefold())
        return Attempt(name, address, self.accounts.kept_password(name), self.passwords, self._one_at_a_time)

    def settled(self, attempt: Attempt, fits: bool, kind: Kind = Kind.browser, label: str = "") -> str:
        """The token of a new session, or `WrongPassword`."""
        if not fits:
            raise WrongPassword("Name or password is wrong.", todo="Try again, or ask an admin for a new password.")
        self.forgive(attempt)
        return self.accounts.open_session(attempt.name, kind, label=label)

    def forgive(self, attempt: Attempt) -> None:
        """It was no failure after all."""
        self._by_address.succeeded(attempt.address)
        self._by_name.succeeded(attempt.name.casefold())

    def offer_pairing(self, session: Session, role: Role, label: str) -> str:
        """A code for a tablet that may do no more than its maker."""
        if RANK[role] > RANK[session.role]:
            raise BadAccount(f"A tablet of yours can be {session.role} at most.", todo="Choose a smaller role.")
        return self.pairing.offer(session.account, role, label)

    def pair(self, code: str, address: str) -> tuple[Account, str]:
        """The account and the token of the tablet's session; raises `TooOften` or `WrongCode`."""
        self._by_address.require(address)
        self._by_address.failed(address)
        offer = self.pairing.accept(code)
        self._by_address.succeeded(address)
        token = self.accounts.open_session(offer.account, Kind.tablet, offer.role, offer.label)
        return self.accounts.account(offer.account), token


@dataclass(frozen=True)
class Attempt:
    """One try to sign in."""

    name: str
    address: str
    kept: str | None
    passwords: Passwords
    one_at_a_time: threading.Lock

    def fits(self, password: str) -> bool:
        """Takes 50 ms and 64 MB, so one at a time; for a thread."""
        with self.one_at_a_time:
            return self.passwords.fits(self.kept, password)
