"""A dataset goes to the Hub, to S3 or to a folder; an interrupted one goes on; the token is never said."""

from __future__ import annotations

import io
import itertools
import logging
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Refused, StudioError
from app.curation import TarStream, bundle, refusals
from app.curation.arguments import PublishHub, PublishUrl
from app.curation.bundle import Item
from app.curation.card import make_card
from app.curation.publishing import NotSignedIn, PublishingFailed, to_hub, to_url
from app.datasets import Dataset, Review, ReviewLog, ReviewVerdict, freeze_version
from app.datasets.layout import STUDIO_FOLDER
from app.datasets.verification import verify
from app.guidance.plan import Cluster, Plan
from app.guidance.plan_json import versions_to_bytes
from app.jobs import Work
from app.storage.paths import DataFolder
from tests.curation.hub import FakeHub
from tests.curation.s3 import FakeS3
from tests.datasets.saving import filled, save
from tests.datasets.scenes import QUICK

TOKEN = "hf_aVerySecretTokenThatNobodyMaySee"
EPISODES = [(0, 9), (100, 12)]
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def dataset(data: DataFolder) -> Dataset:
    made = filled(data.datasets / "bricks", EPISODES, operator="anna", placed_x_cm=22.0, placed_y_cm=1.0)
    log = ReviewLog(made.folder, QUICK)
    log.add(Review("bricks-0", ReviewVerdict.accepted, comment="<b>nice</b>", reviewer="lead"))
    return made


@pytest.fixture
def signed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setenv("HF_HUB_DISABLE_XET", "1")


def hub_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", url)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    real = huggingface_hub.HfApi
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda **options: real(endpoint=url, **options))


@pytest.mark.usefixtures("signed_in", "dataset")
def test_the_hub_gets_everything_and_what_is_there_is_not_sent_again(
    work: Callable[[], Work],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("app.curation.publishing.BATCH_FILES", 3)
    publish = PublishHub(dataset="bricks", repo_id="lead/bricks")
    with FakeHub().serving() as hub:
        hub_at(hub.url, monkeypatch)
        hub.fail_after = 2
        with pytest.raises(PublishingFailed) as failure:
            to_hub(publish, work())
        assert TOKEN not in str(failure.value)
        assert len(hub.files) == 6
        assert "meta/info.json" not in hub.files

        hub.fail_after = None
        first = to_hub(publish, work())
        again = to_hub(publish, work())

        assert first.values["sent"] == first.values["files"] - 6
        assert again.values["sent"] == 0
        assert hub.repos[0].get("private") is True or hub.repos[0].get("visibility") == "private", hub.repos
        assert hub.tokens == {f"Bearer {TOKEN}"}
        for name, body in hub.files.items():
            (tmp_path / "back" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "back" / name).write_bytes(body)
    assert verify(tmp_path / "back").sound
    assert not [name for name in hub.files if "reviews" in name]
    said = caplog.text + "".join(capfd.readouterr())
    assert TOKEN not in said
    assert all(TOKEN.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


@pytest.mark.usefixtures("dataset")
def test_without_a_token_it_says_how_to_sign_in(
    work: Callable[[], Work], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "no-token"))
    with pytest.raises(NotSignedIn, match="hf auth login"):
        to_hub(PublishHub(dataset="bricks", repo_id="lead/bricks"), work())


@pytest.mark.usefixtures("dataset")
def test_s3_gets_everything_and_an_interrupted_upload_goes_on(
    data: DataFolder, work: Callable[[], Work], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with FakeS3().serving() as s3:
        publish = PublishUrl(dataset="bricks", url=f"s3://bucket/robots/bricks?endpoint={s3.endpoint}")
        refusals.refuse_publish(publish, data)
        s3.fail_after = 7  # four files, each with its manifest after it
        with pytest.raises((OSError, StudioError)):
            to_url(publish, work())
        s3.fail_after = None
        arrived = len([name for name in s3.objects if not name.endswith(("-upload.json", "/"))])
        outcome = to_url(publish, work())
        assert arrived == 4
        assert outcome.values["sent"] == outcome.values["files"] - 3
        assert to_url(publish, work()).values["sent"] == 0
        for name, body in s3.objects.items():
            path = tmp_path / "back" / name.removeprefix("bucket/robots/bricks/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)
    assert verify(tmp_path / "back").sound


def test_a_folder_gets_a_version_and_then_what_changed(
    data: DataFolder, dataset: Dataset, work: Callable[[], Work], tmp_path: Path
) -> None:
    freeze_version(dataset.folder, "v1", "", "lead", QUICK)
    save(dataset, data.takes, 200, 5)
    url = f"file://{tmp_path / 'published'}"
    to_url(PublishUrl(dataset="bricks", version="v1", url=url), work())
    assert verify(tmp_path / "published").episodes == 2
    outcome = to_url(PublishUrl(dataset="bricks", url=url), work())
    assert verify(tmp_path / "published").episodes == 3
    assert 0 < outcome.values["sent"] < outcome.values["files"]


def test_a_password_in_a_url_is_refused(data: DataFolder, dataset: Dataset) -> None:
    with pytest.raises(Refused, match="password"):
        refusals.refuse_publish(PublishUrl(dataset=dataset.name, url="sftp://me:secret@host/x"), data)


def test_a_scheme_that_nobody_knows_is_named(work: Callable[[], Work], dataset: Dataset) -> None:
    with pytest.raises(StudioError, match="nowhere://x cannot be written to"):
        to_url(PublishUrl(dataset=dataset.name, url="nowhere://x"), work())


def test_the_card_says_what_the_dataset_says_and_names_nobody(dataset: Dataset) -> None:
    clusters = (Cluster("A0", 22.0, 0.0), Cluster("A<100>", 32.0, 0.0))
    plan = Plan("Stack the bricks", ((10, -20), (40, -20), (40, 20), (10, 20)), clusters, ("A<100>",))
    (dataset.folder / STUDIO_FOLDER / "plan.json").write_bytes(versions_to_bytes((plan,)))
    card = make_card(dataset, "mit")
    assert card.text.startswith("---\nlicense: mit\n")
    for fact in (
        "| Episodes | 2 |",
        "top 96 x 64, gripper 64 x 64; h264",
        "held out: never trained on",
        "1 of 2 (50%)",
    ):
        assert fact in card.text
    assert "anna" not in card.text
    assert "A&lt;100&gt;: 0" in card.picture
    assert "A0: 1" in card.picture


# ---- the archive ----


@given(
    sizes=st.lists(st.integers(0, 3000), max_size=5),
    cuts=st.lists(st.integers(0, 12_000), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_any_pieces_of_the_archive_make_the_whole(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], cuts: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("items")
    items = [Item("made.md", 7, body=b"written")]
    for number, size in enumerate(sizes):
        path = folder / f"{number}"
        path.write_bytes(bytes((number + place) % 251 for place in range(size)))
        items.append(Item(f"data/{number}", size, path))
    stream = TarStream("bricks", items)
    whole = b"".join(stream.read())
    assert len(whole) == stream.size
    ends = sorted({0, stream.size, *(cut for cut in cuts if cut < stream.size)})
    assert b"".join(b"".join(stream.read(a, b)) for a, b in itertools.pairwise(ends)) == whole
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        assert [member.name for member in tar] == [f"bricks/{item.name}" for item in items]
        for item in items:
            read = tar.extractfile(f"bricks/{item.name}")
            assert read is not None
            assert read.read() == item.read()


def test_the_archive_leaves_the_reviews_out_unless_asked(dataset: Dataset) -> None:
    names = {item.name for item in bundle(dataset.folder, "mit")}
    assert "meta/studio/reviews.jsonl" not in names
    assert "README.md" in names
    assert "meta/studio/reviews.jsonl" in {item.name for item in bundle(dataset.folder, "mit", with_reviews=True)}
