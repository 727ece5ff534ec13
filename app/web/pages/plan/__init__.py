"""The plan of a dataset, and the table it is laid on."""
