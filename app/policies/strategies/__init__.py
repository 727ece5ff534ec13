"""When to look again, and which action of which chunk is next: small pure state machines without a clock."""

from app.policies.strategies.asynchronous import AGGREGATIONS, Aggregation, Asynchronous
from app.policies.strategies.choice import Mode, StrategyChoice, build
from app.policies.strategies.chunking import RealTimeChunking
from app.policies.strategies.ensembling import Ensembling
from app.policies.strategies.protocol import Action, Strategy
from app.policies.strategies.synchronous import Synchronous

__all__ = [
    "AGGREGATIONS",
    "Action",
    "Aggregation",
    "Asynchronous",
    "Ensembling",
    "Mode",
    "RealTimeChunking",
    "Strategy",
    "StrategyChoice",
    "Synchronous",
    "build",
]
