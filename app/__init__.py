"""Understudy: a web studio for teaching robots."""

from importlib.metadata import version as _version

__version__ = _version("understudy")
