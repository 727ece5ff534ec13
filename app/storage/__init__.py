"""The SQLite file, its migrations, and where data lives."""
