"""Signing in, accounts, pairing a tablet, and the audit log."""
