"""A small dataset with clusters, outcomes, a recovery and reviews, whose pictures say which ones they are."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from app.datasets import Dataset, DatasetStore, EpisodeFacts
from app.devices.so101 import SO101
from app.guidance.plan import Cluster, Plan
from app.guidance.store import PlanStore
from app.training.describing import Describer
from app.training.folder import RunStore
from app.training.models import Run, RunSettings, Scoring
from tests.datasets.scenes import QUICK, record, small_format

AT = datetime(2026, 11, 26, tzinfo=UTC)
ROWS = 24
TINY = RunSettings(
    cameras=("top", "gripper"),
    width=64,
    height=32,
    fps=10,
    recovery_times=2,
    steps=6,
    batch=2,
    save_every=3,
    log_every=1,
    workers=0,
    scoring=Scoring(trials_training=0, trials_held_out=0, frames=6),
    options={
        "policy.chunk_size": 4,
        "policy.n_action_steps": 2,
        "policy.dim_model": 32,
        "policy.n_heads": 2,
        "policy.dim_feedforward": 64,
        "policy.n_encoder_layers": 1,
        "policy.use_vae": False,
        "policy.pretrained_backbone_weights": None,
    },
)
EPISODES = (
    EpisodeFacts("a", cluster="near", outcome="success"),
    EpisodeFacts("b", cluster="far", outcome="success"),
    EpisodeFacts("c", cluster="near", outcome="failure"),
    EpisodeFacts("d", placed_x_cm=30.5, placed_y_cm=1.0, placed_yaw_deg=0.0, outcome="success"),  # lies in `far`
    EpisodeFacts("e", cluster="near", kind="recovery", outcome="success"),
    EpisodeFacts("f", cluster="near", outcome="success"),
)


def plan() -> Plan:
    clusters = (Cluster("near", 20.0, 0.0), Cluster("far", 30.0, 0.0, 6.0, 6.0))
    return Plan("Stack the bricks", ((10, -10), (40, -10), (40, 10), (10, 10)), clusters, ("far",))


def dataset(root: Path, *, planned: bool = True) -> Dataset:
    made = Dataset.create(root / "datasets/bricks", small_format(), QUICK)
    for number, facts in enumerate(EPISODES):
        record(root / "takes", facts.uuid, rows=ROWS, first=100 * number).stop()
        made.commit(root / "takes", facts.uuid, facts)
    if planned:
        PlanStore(DatasetStore(root / "datasets"), QUICK).save("bricks", plan())
    return made


def described(root: Path, name: str = "tiny", settings: RunSettings = TINY) -> Run:
    store = DatasetStore(root / "datasets")
    return Describer(store, RunStore(root / "models"), SO101).describe(name, "bricks", settings, by="a test", at=AT)
