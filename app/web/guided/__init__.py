"""Guided recording and the checks, live: what is loaded and seen, what may start, what a take is told of."""
