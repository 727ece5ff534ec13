"""A policy on the arm, live: its process, what was chosen, its run and the takes of it."""
