"""ACT in two stages: the vision backbone, once a camera, and the transformer, once a chunk.

LeRobot's own graph lists every token (5,939 nodes, minutes to export). Here what is constant is computed beforehand:
frozen batch-norm goes into the convolutions, positions and the latent become constants, and so does the first decoder
layer's self-attention, whose input is all zeros. The VAE encoder is for training only.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from app.export.act_vision import Vision
from app.export.checkpoint import Checkpoint
from app.export.errors import InstructionTruncated, PolicyUnsupported
from app.export.linear import Attention, Linear
from app.export.runner.models import Affine, Port
from app.export.stages import WHOLE, Layout, Observation, Runs, Sight, Stage

STAGES = ("vision", "decoder")
SCALES = (0.75, 0.5)
_LEAST_PX = 64  # below this the backbone's last map is a single pixel or two


class StagedAct:
    """Implements `StagedPolicy` for LeRobot's ACT."""

    def __init__(self, checkpoint: Checkpoint, sight: Sight = WHOLE) -> None:
        config = checkpoint.config
        if config.env_state_feature is not None:
            raise PolicyUnsupported(
                "The policy takes an environment state, which no camera or arm gives.",
                todo="Export a policy of pictures and joint positions.",
            )
        self._checkpoint = checkpoint
        self._act = checkpoint.policy.model
        cameras = sight.of(checkpoint.cameras)
        with torch.no_grad():
            blank = torch.zeros(1, 3, cameras[0].height, cameras[0].width)
            self._map = tuple(self._act.backbone(blank)["feature_map"].shape[2:])
        self.interface = checkpoint.interface(cameras, result="actions", result_normalized=False)

    def stages(self, layout: Layout) -> tuple[Stage, ...]:
        camera, dim = self.interface.cameras[0], self._checkpoint.config.dim_model
        tokens = self._map[0] * self._map[1]
        shape, kind = {
            Layout.folded: ((camera.height, camera.width, 3), "uint8"),
            Layout.nchw: ((1, 3, camera.height, camera.width), "float32"),
            Layout.nhwc: ((1, camera.height, camera.width, 3), "float32"),
        }[layout]
        count = len(self.interface.cameras)
        return (
            Stage(
                "vision",
                Runs.per_camera,
                (Port("picture", kind, shape),),
                (Port("features", "float32", (1, tokens, dim)),),
            ),
            Stage(
                "decoder",
                Runs.once,
                (
                    Port("features", "float32", (count, tokens, dim)),
                    Port("state", "float32", (len(self.interface.state),)),
                ),
                (Port("actions", "float32", (self.interface.chunk, len(self.interface.action))),),
            ),
        )

    def module(self, stage: str, layout: Layout) -> nn.Module:
        if stage == "vision":
            camera = self.interface.cameras[0]
            return Vision(self._act, self._folded_affine(layout), (camera.height, camera.width)).eval()
        state_in = self.interface.state_in if layout is Layout.folded else None
        return Transformer(
            self._act, self._map, len(self.interface.cameras), state_in, self.interface.action_out
        ).eval()

    def sights(self) -> tuple[Sight, ...]:
        """A convolutional backbone takes any size, and its positions are computed for it."""
        names = [camera.name for camera in self.interface.cameras]
        fewer = [Sight((name,)) for name in names] if len(names) > 1 else []
        smallest = min(min(camera.height, camera.width) for camera in self.interface.cameras)
        return (*[Sight(scale=scale) for scale in SCALES if smallest * scale >= _LEAST_PX], *fewer)

    def seeing(self, sight: Sight) -> StagedAct:
        return StagedAct(self._checkpoint, sight)

    def tokens(self, task: str) -> tuple[int, ...]:
        raise InstructionTruncated("ACT takes no instruction.", todo="Leave --task away.")

    def reference(self, observation: Observation, noise: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32]:
        return self._checkpoint.run(observation, None)

    def _folded_affine(self, layout: Layout) -> Affine | None:
        if layout is not Layout.folded:
            return None
        affine = self.interface.one_picture_affine
        if affine is None:
            raise PolicyUnsupported(
                "The cameras are normalised differently, so that cannot be folded into one vision stage.",
                todo="Export with the layout nchw, which normalises outside the stage.",
            )
        return affine


class Transformer(nn.Module):
    """Tokens of all cameras [C, h*w, D] and the state (S,) to actions [H, A] in joint units."""

    latent: Tensor
    places: Tensor

    def __init__(
        self, act: Any, size: tuple[int, ...], cameras: int, state_in: Affine | None, action_out: Affine
    ) -> None:
        super().__init__()
        self.state_in = None if state_in is None else _Line(state_in)
        self.action_out = _Line(action_out)
        self.state = Linear.of(act.encoder_robot_state_input_proj)
        with torch.no_grad():
            latent = act.encoder_latent_input_proj(torch.zeros(1, act.config.latent_dim))
            grid = act.encoder_cam_feat_pos_embed(torch.zeros(1, 1, *size)).flatten(2)[0].t()
            places = torch.cat([act.encoder_1d_feature_pos_embed.weight, *[grid] * cameras])
        self.register_buffer("latent", latent.detach().clone())
        self.register_buffer("places", places.detach().clone())
        self.encoder = nn.ModuleList(_EncoderLayer(layer) for layer in act.encoder.layers)
        self.encoder_norm = copy.deepcopy(act.encoder.norm)
        start = torch.zeros(act.config.chunk_size, act.config.dim_model)
        slots = act.decoder_pos_embed.weight.detach()
        layers: list[nn.Module] = [_FirstDecoderLayer(act.decoder.layers[0], start, slots)]
        layers += [_DecoderLayer(layer, slots) for layer in act.decoder.layers[1:]]
        self.decoder = nn.ModuleList(layers)
        self.decoder_norm = copy.deepcopy(act.decoder.norm)
        self.head = Linear.of(act.action_head)

    def forward(self, features: Tensor, state: Tensor) -> Tensor:
        if self.state_in is not None:
            state = self.state_in(state)
        tokens = features.reshape(-1, features.shape[-1])
        x = torch.cat([self.latent, self.state(state.unsqueeze(0)), tokens])
        for layer in self.encoder:
            x = layer(x, self.places)
        x = self.encoder_norm(x)
        placed = x + self.places
        y = self.decoder[0](placed, x)
        for layer in self.decoder[1:]:
            y = layer(y, placed, x)
        return self.action_out(self.head(self.decoder_norm(y)))


class _Line(nn.Module):
    scale: Tensor
    shift: Tensor

    def __init__(self, affine: Affine) -> None:
        super().__init__()
        self.register_buffer("scale", torch.from_numpy(affine.scale))
        self.register_buffer("shift", torch.from_numpy(affine.shift))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.scale + self.shift


class _FeedForward(nn.Module):
    def __init__(self, source: Any) -> None:
        super().__init__()
        self.up, self.down, self.activation = Linear.of(source.linear1), Linear.of(source.linear2), source.activation

    def forward(self, x: Tensor) -> Tensor:
        return self.down(self.activation(self.up(x)))


class _EncoderLayer(nn.Module):
    def __init__(self, source: Any) -> None:
        super().__init__()
        self.attention, self.feed = Attention(source.self_attn), _FeedForward(source)
        self.norm1, self.norm2 = copy.deepcopy(source.norm1), copy.deepcopy(source.norm2)
        self.pre_norm = source.pre_norm

    def forward(self, x: Tensor, places: Tensor) -> Tensor:
        if self.pre_norm:
            inner = self.norm1(x)
            x = x + self.attention.among(inner + places, inner)
            return x + self.feed(self.norm2(x))
        x = self.norm1(x + self.attention.among(x + places, x))
        return self.norm2(x + self.feed(x))


class _DecoderLayer(nn.Module):
    slots: Tensor

    def __init__(self, source: Any, slots: Tensor) -> None:
        super().__init__()
        self.own, self.cross, self.feed = (
            Attention(source.self_attn),
            Attention(source.multihead_attn),
            _FeedForward(source),
        )
        self.norm1, self.norm2, self.norm3 = (copy.deepcopy(n) for n in (source.norm1, source.norm2, source.norm3))
        self.pre_norm = source.pre_norm
        self.register_buffer("slots", slots.clone())

    def begin(self, y: Tensor) -> tuple[Tensor, Tensor]:
        """Up to the projected query of the cross-attention: the residual, and that query."""
        inner = self.norm1(y) if self.pre_norm else y
        y = y + self.own.among(inner + self.slots, inner)
        if not self.pre_norm:
            y = self.norm1(y)
        inner = self.norm2(y) if self.pre_norm else y
        return y, self.cross.query(inner + self.slots)

    def finish(self, y: Tensor, query: Tensor, placed: Tensor, x: Tensor) -> Tensor:
        y = y + self.cross.across(query, placed, x)
        if self.pre_norm:
            return y + self.feed(self.norm3(y))
        y = self.norm2(y)
        return self.norm3(y + self.feed(y))

    def forward(self, y: Tensor, placed: Tensor, x: Tensor) -> Tensor:
        y, query = self.begin(y)
        return self.finish(y, query, placed, x)


class _FirstDecoderLayer(nn.Module):
    """The decoder's first layer looks at zeros: all before its cross-attention is constant."""

    y: Tensor
    query: Tensor

    def __init__(self, source: Any, start: Tensor, slots: Tensor) -> None:
        super().__init__()
        self.layer = _DecoderLayer(source, slots)
        with torch.no_grad():
            y, query = self.layer.begin(start)
        self.register_buffer("y", y.detach().clone())
        self.register_buffer("query", query.detach().clone())
        del self.layer.own, self.layer.norm1, self.layer.slots, self.layer.cross.query

    def forward(self, placed: Tensor, x: Tensor) -> Tensor:
        return self.layer.finish(self.y, self.query, placed, x)
