"""Training runs, and the places they run at."""
