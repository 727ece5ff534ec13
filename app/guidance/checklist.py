"""What a person checks once a session, because no camera can."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ChecklistItem:
    """One line to answer: `key` is stored, `text` asked, `why` told on request."""

    key: str
    text: str
    why: str


CHECKLIST = (
    ChecklistItem("mounts", "All camera mounts are tight.", "A shifted camera costs a policy dearly."),
    ChecklistItem("light", "The light is as in the reference, no sun on the table.", "Policies learn the light, too."),
    ChecklistItem("sleeve", "The sleeves are on the claws.", "Friction makes fewer near-successes."),
    ChecklistItem("cable", "The gripper camera's cable is free.", "A cable that pulls moves the camera and the arm."),
    ChecklistItem("eyes", "I look only at the screen.", "The policy will see no more than these cameras."),
    ChecklistItem(
        "calibrations",
        "The calibrations of follower and leader are backed up.",
        "Without them nothing recorded today can be used with another arm.",
    ),
)


def unanswered(answers: dict[str, bool]) -> tuple[ChecklistItem, ...]:
    """Items that were not answered with yes."""
    return tuple(item for item in CHECKLIST if not answers.get(item.key, False))
