"""Says everything that is wrong with a dataset on disk, and mends what can be mended."""

from app.datasets.verification.findings import Finding, Report
from app.datasets.verification.mending import mend
from app.datasets.verification.verify import verify

__all__ = ["Finding", "Report", "mend", "verify"]
