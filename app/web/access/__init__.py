"""Who is asking, what they may do, and the door that refuses them before a byte of the request is read."""
