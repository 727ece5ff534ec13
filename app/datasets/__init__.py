"""The only room that knows the on-disk format."""
