"""Describes a station that nobody described yet: its ports, servos, calibrations and cameras, and its rig file."""
