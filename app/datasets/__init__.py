"""The only room that knows the on-disk format."""

from app.datasets.dataset import Dataset
from app.datasets.models import DatasetFormat, EpisodeFacts, Picture, Row, SaveReceipt, TakeSummary
from app.datasets.repair import discard_take, unfinished_takes
from app.datasets.take import TakeWriter

__all__ = [
    "Dataset",
    "DatasetFormat",
    "EpisodeFacts",
    "Picture",
    "Row",
    "SaveReceipt",
    "TakeSummary",
    "TakeWriter",
    "discard_take",
    "unfinished_takes",
]
