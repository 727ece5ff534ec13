"""The only room that knows the on-disk format."""

from app.datasets.dataset import Dataset
from app.datasets.disk import Disk
from app.datasets.errors import (
    DatasetBusy,
    DatasetChanged,
    DatasetExists,
    DatasetFormatMismatch,
    DatasetNameInvalid,
    DatasetNotFound,
    DatasetUnreadable,
    DiskFull,
    EncodingFailed,
    EpisodeNotFound,
    ReviewInvalid,
    ReviewNotFound,
    TakeBusy,
    TakeEmpty,
    TakeInvalid,
    TakeNotFound,
    TakeSaved,
)
from app.datasets.generation import new_generation
from app.datasets.header import TakeHeader
from app.datasets.layout import require_name
from app.datasets.models import (
    CameraFormat,
    DatasetFormat,
    DatasetSummary,
    Episode,
    EpisodeFacts,
    Picture,
    Row,
    SaveReceipt,
    TakeSummary,
    VideoCodec,
)
from app.datasets.opinions import UNREVIEWED, Opinion, Review, ReviewVerdict, Span, Standing, standing_of
from app.datasets.repair import discard_take, unfinished_takes
from app.datasets.reviews import ReviewLog
from app.datasets.space import minutes_left
from app.datasets.store import DatasetStore
from app.datasets.take import TakeWriter
from app.datasets.takesfolder import empty_trash, restore_take
from app.datasets.video import decode

__all__ = [
    "UNREVIEWED",
    "CameraFormat",
    "Dataset",
    "DatasetBusy",
    "DatasetChanged",
    "DatasetExists",
    "DatasetFormat",
    "DatasetFormatMismatch",
    "DatasetNameInvalid",
    "DatasetNotFound",
    "DatasetStore",
    "DatasetSummary",
    "DatasetUnreadable",
    "Disk",
    "DiskFull",
    "EncodingFailed",
    "Episode",
    "EpisodeFacts",
    "EpisodeNotFound",
    "Opinion",
    "Picture",
    "Review",
    "ReviewInvalid",
    "ReviewLog",
    "ReviewNotFound",
    "ReviewVerdict",
    "Row",
    "SaveReceipt",
    "Span",
    "Standing",
    "TakeBusy",
    "TakeEmpty",
    "TakeHeader",
    "TakeInvalid",
    "TakeNotFound",
    "TakeSaved",
    "TakeSummary",
    "TakeWriter",
    "VideoCodec",
    "decode",
    "discard_take",
    "empty_trash",
    "minutes_left",
    "new_generation",
    "require_name",
    "restore_take",
    "standing_of",
    "unfinished_takes",
]
