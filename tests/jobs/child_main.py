"""A job's child process, as `python -m app run-job` is, with the tests' own kinds."""

import sys
from pathlib import Path

from child_kinds import KINDS

from app.jobs.child import run_job

if __name__ == "__main__":
    sys.exit(run_job(Path(sys.argv[1]), KINDS))
