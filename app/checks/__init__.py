"""Consistency checks as pure functions over frames and signals."""
