"""Decides who may move the arm now, and clamps every command."""
