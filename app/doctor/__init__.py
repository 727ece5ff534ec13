"""Says what this machine has and lacks, and what each lack costs, in plain words."""

from app.doctor.examination import examine
from app.doctor.models import Finding, Verdict
from app.doctor.words import as_data, as_text

__all__ = ["Finding", "Verdict", "as_data", "as_text", "examine"]
