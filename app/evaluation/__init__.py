"""Runs trials of a deployed policy to a protocol and scores them per cluster."""
