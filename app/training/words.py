"""What a run will do with its episodes, in sentences: for the page, the terminal and the model card."""

from __future__ import annotations

from app.training.models import Device, Run

# lerobot.transforms.ImageTransformsConfig of LeRobot 0.6.1; tests/training/test_words.py holds it to that.
AUGMENTATION = (
    "Each picture is changed in up to three of six ways every time it is learnt from: brightness and contrast by up "
    "to 20 %, saturation by up to 50 %, hue by up to 5 % of the colour circle, sharpness by up to 50 %, and a turn of "
    "up to 5 degrees with a shift of up to 5 % of its size. The actions stay, so a shifted picture also blurs where "
    "things are."
)
NOISE = (
    "A policy that is told its joints exactly can go on from where the arm went and hardly look; joints that tremble "
    "make it look at the pictures."
)


def view_words(run: Run) -> tuple[str, ...]:
    """What is written for it to learn from."""
    frames = f" of {run.view_frames:,} frames" if run.view_frames else ""
    rate = f", from recordings at {run.recorded_fps:g} Hz" if run.recorded_fps not in (0, run.policy.fps) else ""
    found = [
        f"It learns from {_plural(run.view_episodes, 'episode')}{frames} at {run.policy.fps:g} Hz{rate}, "
        f"with pictures of {_pictures(run)}."
    ]
    recoveries = sum(use.kind == "recovery" for use in run.used)
    if recoveries and run.settings.recovery_times > 1:
        counted = recoveries * run.settings.recovery_times
        total = sum(use.times for use in run.used)
        found.append(
            f"Each recovery stands in it {run.settings.recovery_times} times: {_plural(recoveries, 'recovery')} "
            f"{'count' if recoveries > 1 else 'counts'} as {counted} of {_plural(total, 'episode')}, "
            f"{100 * counted / total:.0f} %."
        )
    if run.settings.state_noise:
        found.append(
            f"Each stands in it {run.copies} times, every time with its joint positions off by "
            f"{run.settings.state_noise:g} standard deviations (drawn anew for each frame). {NOISE}"
        )
    if run.settings.augmentation:
        found.append(AUGMENTATION)
    return (*found, *_batch_words(run), *_scoring_words(run))


def _pictures(run: Run) -> str:
    sizes: dict[str, list[str]] = {}
    for camera in run.policy.cameras:
        sizes.setdefault(f"{camera.width} x {camera.height} px", []).append(camera.name)
    return ", ".join(f"{size} from {' and '.join(names)}" for size, names in sizes.items())


def _batch_words(run: Run) -> tuple[str, ...]:
    """LeRobot's batch is each process's own, and it changes neither steps nor learning rate with their number."""
    processes, batch = run.settings.processes, run.settings.batch
    if processes == 1:
        return ()
    where = "processes" if f"--policy.device={Device.cpu}" in run.command else "graphics cards"
    return (
        f"Each of the {processes} {where} learns from its own {batch} frames: {processes * batch} a step. Steps and "
        "learning rate stay as they are: with more frames a step, fewer steps may do.",
    )


def _scoring_words(run: Run) -> tuple[str, ...]:
    scoring, settings = run.settings.scoring, run.settings
    trials = scoring.trials_training + scoring.trials_held_out
    if not run.sim or not trials:
        return ()
    saved = -(-settings.steps // settings.save_every)
    last = f" (the last {trials * scoring.final})" if scoring.final > 1 else ""
    more = f", then up to {scoring.settle} trials more where the best cannot be told apart" if scoring.settle else ""
    each = f"each by {trials} trials{last}" if saved > 1 else f"by {trials * scoring.final} trials"
    return (f"{_plural(saved, 'checkpoint')} {'are' if saved > 1 else 'is'} scored in closed loop, {each}{more}.",)


def _plural(count: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else plural}"
