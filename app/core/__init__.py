"""Errors, clock, settings, events, task supervision; imports nothing of ours."""
