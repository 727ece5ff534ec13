"""Datasets: what each contains, its episodes and their signals, its map, and what is done to it as a whole."""
