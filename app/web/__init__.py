"""Speaks HTTP, WebSocket and HTML; knows every room, and no room knows it."""
