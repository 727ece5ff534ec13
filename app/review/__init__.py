"""Says what a dataset contains, what is missing and which episodes are unsound."""
