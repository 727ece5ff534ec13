"""Runs long work in child processes: progress, log, cancel, adoption after a restart."""
