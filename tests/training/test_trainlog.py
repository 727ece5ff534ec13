"""Lines of lerobot-train 0.6.1 as it printed them: exact steps, figures, and causes in words."""

from __future__ import annotations

import signal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.training.causes import failure
from app.training.trainlog import TrainLog, without_bar

LINE = (
    "INFO 2026-11-26 23:36:53 ot_train.py:641 step:12K smpl:80 ep:1 epch:0.09 loss:0.832 grdn:81.135 lr:5.6e-05 "
    "updt_s:0.409 data_s:17.334 smp/s:0 l1_loss:0.822 kld_loss:0.001"
)
BAR = "Training:  67%|██████▋   | 20/30 [01:45<01:08,  6.86s/step]"


def test_a_logged_step_is_exact_where_lerobot_abbreviates_it() -> None:
    log = TrainLog(12_000, 200)
    logged = log.read(BAR + LINE)
    assert logged is not None
    assert logged.step == 12_200
    assert logged.values["loss"] == 0.832
    assert logged.values["lr"] == 5.6e-05
    assert logged.values["data_s"] == 17.334
    assert dict(logged.parts) == {"l1_loss": 0.822, "kld_loss": 0.001}
    assert logged.finite


def test_the_bar_tells_the_step_between_lines_counted_from_where_it_resumed() -> None:
    log = TrainLog(100, 50)
    assert log.read(BAR) is None
    assert log.step == 120
    assert without_bar(BAR) == ""
    assert without_bar(BAR + LINE) == LINE
    assert without_bar(LINE) == LINE


@given(first=st.integers(0, 10_000), every=st.integers(1, 500), lines=st.integers(1, 30))
def test_lines_are_the_multiples_of_the_interval_after_the_start(first: int, every: int, lines: int) -> None:
    log = TrainLog(first, every)
    steps = [logged.step for _ in range(lines) if (logged := log.read(LINE))]
    expected = [step for step in range(first + 1, first + every * lines + 1) if step % every == 0]
    assert steps == expected


def test_nan_is_seen() -> None:
    logged = TrainLog(0, 1).read(LINE.replace("loss:0.832", "loss:nan"))
    assert logged is not None
    assert not logged.finite


def test_a_gradient_that_overflowed_in_half_precision_ends_nothing() -> None:
    logged = TrainLog(0, 1).read(LINE.replace("grdn:81.135", "grdn:inf"))
    assert logged is not None
    assert logged.finite
    assert logged.values["grad_norm"] == float("inf")


@pytest.mark.parametrize(
    ("status", "line", "code", "todo"),
    [
        (1, "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20 MiB", "memory", "batch"),
        (1, "RuntimeError: DefaultCPUAllocator: can't allocate memory", "memory", "batch"),
        (-signal.SIGKILL, "Training:   3%|", "memory", "batch"),
        (1, "OSError: [Errno 28] No space left on device", "disk_full", "Delete"),
        (
            1,
            "SafetensorError: Error while serializing: I/O error: No space left on device (os error 28)",
            "disk_full",
            "Delete",
        ),
        (
            1,
            "RuntimeError: [enforce fail at inline_container.cc:664] . unexpected pos 1024 vs 918",
            "disk_full",
            "resume",
        ),
        (1, "RuntimeError: DataLoader worker (pid 3) is killed by signal: Bus error.", "shared_memory", "workers"),
        (
            1,
            "urllib.error.URLError: <urlopen error [Errno -3] Temporary failure in name resolution>",
            "no_network",
            "base",
        ),
        (1, "huggingface_hub.errors.LocalEntryNotFoundError: outgoing traffic has been disabled", "no_network", "base"),
        (1, "ModuleNotFoundError: No module named 'diffusers'", "package_missing", "install"),
        (1, "ValueError: something else", "training_failed", "log"),
    ],
)
def test_each_known_end_says_what_to_change(status: int, line: str, code: str, todo: str) -> None:
    error = failure(status, ["INFO all is well", line, "  at the very end"])
    assert error.code == code
    assert todo in error.todo
