"""Turns a checkpoint into stages a device can run, each with its precision, and proves what that cost."""
