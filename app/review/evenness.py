"""How evenly takes are spread over a cluster, as one number that needs no table to read."""

from __future__ import annotations

import numpy as np

from app.guidance.plan import Cluster
from app.review.layers import CELL_CM

WORDS = (
    "Evenness of positions: the cluster is cut into 2 cm squares; 1 means that the takes are spread as if over as many"
    " squares as they can fill, 0.5 as if over half of them (the exponential of the entropy of the takes over the"
    " squares, by the smaller of squares and takes)."
)


def evenness(cluster: Cluster, x_cm: np.ndarray, y_cm: np.ndarray) -> float | None:
    """0 to 1; None below two takes that lie in the cluster."""
    wide = max(1, round(cluster.size_x_cm / CELL_CM))
    deep = max(1, round(cluster.size_y_cm / CELL_CM))
    i = (x_cm - cluster.x_cm + cluster.size_x_cm / 2) / cluster.size_x_cm * wide
    j = (y_cm - cluster.y_cm + cluster.size_y_cm / 2) / cluster.size_y_cm * deep
    inside = (i >= 0) & (i <= wide) & (j >= 0) & (j <= deep)
    count = int(inside.sum())
    if count < 2:
        return None
    cells = np.minimum(i[inside].astype(int), wide - 1) * deep + np.minimum(j[inside].astype(int), deep - 1)
    shares = np.bincount(cells, minlength=wide * deep) / count
    shares = shares[shares > 0]
    return float(np.exp(-(shares * np.log(shares)).sum()) / min(count, wide * deep))
