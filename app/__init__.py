"""Understudy: a web studio for teaching robots."""

__version__ = "0.1.0"  # pyproject.toml's; asking the installed package for it costs every process 40 ms
