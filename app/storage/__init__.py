"""The SQLite file, its migrations, and where data lives."""

from app.storage.database import Database
from app.storage.paths import DataFolder

__all__ = ["DataFolder", "Database"]
