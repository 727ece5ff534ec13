"""The only room that knows the on-disk format."""

from app.datasets.conform import conform_rows
from app.datasets.cuts import Cut, require_cuts
from app.datasets.dataset import Dataset
from app.datasets.disk import Disk
from app.datasets.edit import Source, editing, freeze, put_in_place, real_copy, settle
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
from app.datasets.replays import ReplayStore
from app.datasets.reviews import ReviewLog
from app.datasets.shelf import Shelf, json_lines, read_model, write_whole
from app.datasets.space import minutes_left
from app.datasets.store import DatasetStore
from app.datasets.take import TakeWriter
from app.datasets.takesfolder import empty_trash, restore_take
from app.datasets.trash import TrashEntry, entries, purge, restore, throw_away
from app.datasets.trim import trim
from app.datasets.versions import FrozenVersion, freeze_version, remove_version, version_folder, versions
from app.datasets.video import decode

__all__ = [
    "UNREVIEWED",
    "CameraFormat",
    "Cut",
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
    "FrozenVersion",
    "Opinion",
    "Picture",
    "ReplayStore",
    "Review",
    "ReviewInvalid",
    "ReviewLog",
    "ReviewNotFound",
    "ReviewVerdict",
    "Row",
    "SaveReceipt",
    "Shelf",
    "Source",
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
    "TrashEntry",
    "VideoCodec",
    "conform_rows",
    "decode",
    "discard_take",
    "editing",
    "empty_trash",
    "entries",
    "freeze",
    "freeze_version",
    "json_lines",
    "minutes_left",
    "new_generation",
    "purge",
    "put_in_place",
    "read_model",
    "real_copy",
    "remove_version",
    "require_cuts",
    "require_name",
    "restore",
    "restore_take",
    "settle",
    "standing_of",
    "throw_away",
    "trim",
    "unfinished_takes",
    "version_folder",
    "versions",
    "write_whole",
]
