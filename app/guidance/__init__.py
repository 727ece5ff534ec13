"""The plan: clusters, positions, shares, the held-out cluster, and the next target."""
