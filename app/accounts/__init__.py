"""Who somebody is: accounts, sessions, pairing, and the log of who did what."""

from app.accounts.access import Access
from app.accounts.audit import AuditLog, Event
from app.accounts.errors import BadAccount, NoAccount, TooOften, WrongPassword
from app.accounts.models import Account, Kind, Session
from app.accounts.store import Accounts

__all__ = [
    "Access",
    "Account",
    "Accounts",
    "AuditLog",
    "BadAccount",
    "Event",
    "Kind",
    "NoAccount",
    "Session",
    "TooOften",
    "WrongPassword",
]
