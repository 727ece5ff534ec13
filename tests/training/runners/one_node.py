"""A Ray cluster of one node for a test: prints its dashboard's address, and ends with its input."""

from __future__ import annotations

import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112 - as Ray reads it; its own 15 is nothing beside another test
os.environ["RAY_DASHBOARD_STARTUP_TIMEOUT_S"] = "600"  # a busy machine

import ray

started = ray.init(
    num_cpus=1,
    num_gpus=0,
    include_dashboard=True,
    dashboard_host="127.0.0.1",
    dashboard_port=0,
    object_store_memory=80 * 2**20,
    _temp_dir=sys.argv[1],
    log_to_driver=False,
)
print(f"at {started.dashboard_url}", flush=True)
sys.stdin.read()
ray.shutdown()
