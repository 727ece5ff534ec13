"""What can go wrong on disk, each with what to do next."""

from __future__ import annotations

from app.core.errors import Conflict, Invalid, NotFound, Refused, StudioError


class DatasetNameInvalid(Invalid):
    code = "dataset_name_invalid"


class DatasetNotFound(NotFound):
    code = "dataset_not_found"


class DatasetExists(Conflict):
    code = "dataset_exists"


class DatasetUnreadable(Refused):
    """The folder is there, but is no LeRobot v3.0 dataset that can be read."""

    code = "dataset_unreadable"


class DatasetFormatMismatch(Refused):
    """A rig or schema that does not match what the dataset holds."""

    code = "dataset_format_mismatch"


class DatasetBusy(Conflict):
    """Another writer holds the dataset."""

    code = "dataset_busy"


class DatasetChanged(Conflict):
    """What a long job had read was edited meanwhile; its result was thrown away."""

    code = "dataset_changed"


class EpisodeNotFound(NotFound):
    code = "episode_not_found"


class TakeNotFound(NotFound):
    code = "take_not_found"


class TakeBusy(Conflict):
    """The take is still being recorded by a living process."""

    code = "take_busy"


class TakeInvalid(Invalid):
    """A row or picture that does not fit the take's format."""

    code = "take_invalid"


class TakeEmpty(Refused):
    code = "take_empty"


class TakeSaved(Conflict):
    """The take already is an episode of the dataset."""

    code = "take_saved"


class DiskFull(StudioError):
    """The disk filled up; what was recorded until then is kept."""

    code = "disk_full"


class EncodingFailed(StudioError):
    """A camera's encoder died; the rows and frames written so far are kept."""

    code = "encoding_failed"


class ReviewInvalid(Invalid):
    """A review that says nothing, or something that cannot be."""

    code = "review_invalid"


class ReviewNotFound(NotFound):
    code = "review_not_found"
