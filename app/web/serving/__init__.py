"""How anything is answered: packed files, headers, errors in one shape, foreign origins, counts of traffic."""
