"""Whether the studio of this machine is ready: exit status 0 or 1. For a container's health check; needs no session.

`python healthy.py [PORT]`; by http, then by https without a look at the certificate: it asks this machine only.
"""

from __future__ import annotations

import http.client
import ssl
import sys


def ready(port: int, encrypted: bool) -> bool:
    if encrypted:
        studio = http.client.HTTPSConnection("127.0.0.1", port, timeout=2, context=ssl._create_unverified_context())
    else:
        studio = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        studio.request("GET", "/health/ready")
        return studio.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        studio.close()


if __name__ == "__main__":
    asked = int(sys.argv[1]) if len(sys.argv) > 1 else 8000
    sys.exit(0 if ready(asked, encrypted=False) or ready(asked, encrypted=True) else 1)
