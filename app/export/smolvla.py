"""SmolVLA in three stages: vision once a camera, prefill with its key-value cache once, the denoise step n times.

An artifact runs exactly the instructions it was exported with. So the embedding table (189 MB of float32) holds only
their tokens, and the width of the language is that of the longest of them: nothing is ever cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from app.export.checkpoint import Checkpoint
from app.export.errors import InstructionTruncated, PolicyUnsupported
from app.export.runner.models import Affine, Language, Port
from app.export.smolvla_modules import Denoise, Prefill, Vision
from app.export.stages import WHOLE, Layout, Observation, Runs, Sight, Stage


class StagedSmolVla:
    """Implements `StagedPolicy` for LeRobot's SmolVLA. `tasks` are the instructions the artifact will know."""

    def __init__(self, checkpoint: Checkpoint, tasks: Sequence[str], sight: Sight = WHOLE) -> None:
        _require_known(checkpoint.config)
        if not tasks:
            raise InstructionTruncated(
                "SmolVLA takes an instruction, and none was named.", todo="Name each with --task, or give a dataset."
            )
        config = checkpoint.config
        self._checkpoint = checkpoint
        self._flow = checkpoint.policy.model.float()
        self._tokenizer = next(s for s in checkpoint.preprocessor.steps if hasattr(s, "input_tokenizer"))
        self._tasks = tuple(tasks)
        cameras = sight.of(checkpoint.cameras)
        ids = {task: self.tokens(task) for task in tasks}
        self._vocabulary = sorted({token for tokens in ids.values() for token in tokens})
        place = {token: index for index, token in enumerate(self._vocabulary)}
        self._width = max(len(tokens) for tokens in ids.values())
        self.interface = checkpoint.interface(
            cameras,
            result="x_t",
            result_normalized=True,
            steps=config.num_steps,
            noise=(1, config.chunk_size, config.max_action_dim),
            language=Language(self._width, {task: tuple(place[t] for t in tokens) for task, tokens in ids.items()}),
        )

    def stages(self, layout: Layout) -> tuple[Stage, ...]:
        config, camera, count = self._checkpoint.config, self.interface.cameras[0], len(self.interface.cameras)
        picture = {
            Layout.folded: Port("picture", "uint8", (camera.height, camera.width, 3)),
            Layout.nchw: Port("picture", "float32", (1, 3, camera.height, camera.width)),
        }.get(layout)
        if picture is None:
            raise PolicyUnsupported("SmolVLA's vision has no NHWC form here.", todo="Use the layout folded or nchw.")
        text = self._flow.vlm_with_expert.config.text_config
        tokens = self._image_tokens()
        prefix = count * tokens + self._width + 1
        depth = self._flow.vlm_with_expert.num_vlm_layers
        cache = (depth, text.num_key_value_heads, prefix, text.head_dim)
        mask = Port("token_mask", "bool", (1, self._width))
        keys, values = Port("keys", "float32", cache), Port("values", "float32", cache)
        noise = self.interface.noise
        return (
            Stage("vision", Runs.per_camera, (picture,), (Port("features", "float32", (1, tokens, text.hidden_size)),)),
            Stage(
                "prefill",
                Runs.once,
                (
                    Port("features", "float32", (count, tokens, text.hidden_size)),
                    Port("tokens", "int64", (1, self._width)),
                    mask,
                    Port("state", "float32", (config.robot_state_feature.shape[0],)),
                ),
                (keys, values),
            ),
            Stage(
                "denoise",
                Runs.per_step,
                (Port("x_t", "float32", noise), Port("t", "float32", (1,)), mask, keys, values),
                (Port("v_t", "float32", noise),),
            ),
        )

    def module(self, stage: str, layout: Layout) -> nn.Module:
        tokens = len(self.interface.cameras) * self._image_tokens()
        match stage:
            case "vision":
                return Vision(self._flow, self._checkpoint.config, self._folded_affine(layout)).eval()
            case "prefill":
                state_in = self.interface.state_in if layout is Layout.folded else None
                return Prefill(self._flow, self._vocabulary, tokens, state_in).eval()
            case _:
                return Denoise(self._flow, tokens).eval()

    def tokens(self, task: str) -> tuple[int, ...]:
        """The tokenizer's own ids, the newline that LeRobot adds included. Raises `InstructionTruncated`."""
        text = task if task.endswith("\n") else f"{task}\n"
        ids = self._tokenizer.input_tokenizer(text, truncation=False)["input_ids"]
        most = self._checkpoint.config.tokenizer_max_length
        if len(ids) > most:
            raise InstructionTruncated(
                f"The instruction {task!r} has {len(ids)} tokens, and the policy was trained on at most {most}: "
                "its end would be cut off.",
                todo="Use a shorter instruction.",
            )
        return tuple(ids)

    def sights(self) -> tuple[Sight, ...]:
        """Fewer cameras only: pictures of any size are brought to the one size that the encoder has."""
        names = [camera.name for camera in self.interface.cameras]
        return tuple(Sight((name,)) for name in names) if len(names) > 1 else ()

    def seeing(self, sight: Sight) -> StagedSmolVla:
        return StagedSmolVla(self._checkpoint, self._tasks, sight)

    def reference(self, observation: Observation, noise: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        return self._checkpoint.run(observation, noise)

    def _image_tokens(self) -> int:
        config = self._flow.vlm_with_expert.config
        side = config.vision_config.image_size // config.vision_config.patch_size
        return (side // config.scale_factor) ** 2

    def _folded_affine(self, layout: Layout) -> Affine | None:
        return self.interface.one_picture_affine if layout is Layout.folded else None


def _require_known(config: Any) -> None:
    """Raises `PolicyUnsupported` for the branches of SmolVLA that the wrappers leave out."""
    left_out = {
        "empty cameras": config.empty_cameras > 0,
        "image special tokens": config.add_image_special_tokens,
        "a padded prefix": config.prefix_length > 0,
        "Aloha's joints": config.adapt_to_pi_aloha,
        "another attention than cross_attn": config.attention_mode != "cross_attn",
        "fewer expert layers than language layers": config.num_expert_layers > 0,
        "pictures in their own size": config.resize_imgs_with_padding is None,
    }
    named = [name for name, there in left_out.items() if there]
    if named:
        raise PolicyUnsupported(
            f"This SmolVLA has {', '.join(named)}, which the export does not carry.",
            todo="Train with the defaults, or add it to app/export/smolvla_modules.py.",
        )
