"""Builds everything, top to bottom; alone knows the simulator."""
