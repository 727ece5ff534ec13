"""Episodes watched, judged, compared and driven again."""
