"""Understudy: a web studio for teaching robots."""
