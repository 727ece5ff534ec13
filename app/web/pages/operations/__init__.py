"""For whoever runs the studio: jobs, metrics, health."""
