"""Describes a training run and performs it in a child process."""
