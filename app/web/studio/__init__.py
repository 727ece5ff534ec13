"""The studio as the web process holds it: its sessions, its state for pages, and whoever watches and commands it."""

from app.web.studio.asked import studio_of
from app.web.studio.studio import Processes, Studio

__all__ = ["Processes", "Studio", "studio_of"]
