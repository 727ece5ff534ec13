"""What is sent to other machines: Python's own library alone, so that nothing of ours need be installed there."""
