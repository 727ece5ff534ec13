"""SmolVLA's inference wrappers: no NaN guards, no slice assignment, heads first, constants where nothing varies.

Against LeRobot's loop three products of work are saved: the last language layer gives only its keys and values, the
expert's cross-attention projects the cache once in prefill instead of at each step, and padding is never computed.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from app.export.linear import Linear, attend, split_heads
from app.export.runner.models import Affine

MASKED = -1e9


class Vision(nn.Module):
    """A picture to [1, tokens, D]: resized and padded as LeRobot does, SigLIP, and the connector."""

    def __init__(self, flow: Any, config: Any, affine: Affine | None) -> None:
        super().__init__()
        from lerobot.policies.common.vla_utils import resize_with_pad

        inner = flow.vlm_with_expert.get_vlm_model()
        model = inner.vision_model
        self._resize, self.size, self.folded = resize_with_pad, config.resize_imgs_with_padding, affine is not None
        self.affine = affine
        self.patches = copy.deepcopy(model.embeddings.patch_embedding)
        self.register_buffer("places", _positions(model, self.size))
        self.layers = nn.ModuleList(_SigLipLayer(layer) for layer in model.encoder.layers)
        self.norm = copy.deepcopy(model.post_layernorm)
        self.connector = copy.deepcopy(inner.connector)
        self.scale = math.sqrt(flow.vlm_with_expert.config.text_config.hidden_size)
        if affine is not None:
            self.register_buffer("pixel_scale", torch.from_numpy(affine.scale).reshape(1, 3, 1, 1))
            self.register_buffer("pixel_shift", torch.from_numpy(affine.shift).reshape(1, 3, 1, 1))

    places: Tensor
    pixel_scale: Tensor
    pixel_shift: Tensor

    def forward(self, picture: Tensor) -> Tensor:
        if self.folded:
            picture = picture.permute(2, 0, 1).unsqueeze(0).float() * self.pixel_scale + self.pixel_shift
        x = self._resize(picture, self.size[1], self.size[0], pad_value=0) * 2.0 - 1.0
        x = self.patches(x).flatten(2)[0].transpose(0, 1) + self.places
        for layer in self.layers:
            x = layer(x)
        return self.connector(self.norm(x).unsqueeze(0)) * self.scale


def _positions(model: Any, size: Sequence[int]) -> Tensor:
    """The position embedding of a whole picture, caught where SigLIP looks it up: [patches, D]."""
    caught: list[Tensor] = []
    hook = model.embeddings.position_embedding.register_forward_hook(lambda m, args, found: caught.append(found))
    try:
        with torch.no_grad():
            model(pixel_values=torch.zeros(1, 3, size[1], size[0]))
    finally:
        hook.remove()
    return caught[0][0].detach().clone().float()


class _SigLipLayer(nn.Module):
    def __init__(self, source: Any) -> None:
        super().__init__()
        attention = source.self_attn
        self.heads = attention.num_heads
        self.norm1, self.norm2 = copy.deepcopy(source.layer_norm1), copy.deepcopy(source.layer_norm2)
        self.query, self.key, self.value = (
            Linear.of(p) for p in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        self.out, self.up, self.down = (
            Linear.of(attention.out_proj),
            Linear.of(source.mlp.fc1),
            Linear.of(source.mlp.fc2),
        )
        self.activation = source.mlp.activation_fn

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm1(x)
        query, key, value = (split_heads(p(y), self.heads) for p in (self.query, self.key, self.value))
        x = x + self.out(attend(query, key, value))
        return x + self.down(self.activation(self.up(self.norm2(x))))


class Prefill(nn.Module):
    """Features of all cameras, tokens, their mask and the state to keys and values [L, kv, T, d]."""

    def __init__(self, flow: Any, vocabulary: Sequence[int], image_tokens: int, state_in: Affine | None) -> None:
        super().__init__()
        with_expert = flow.vlm_with_expert
        text = with_expert.get_vlm_model().text_model
        table = text.get_input_embeddings().weight.detach()[list(vocabulary)]
        self.table = nn.Embedding.from_pretrained(table.float() * math.sqrt(table.shape[1]))
        self.state = Linear.of(flow.state_proj)
        self.pad = flow.state_proj.in_features
        self.image_tokens = image_tokens
        self.layers = nn.ModuleList(_TextLayer(layer, with_expert) for layer in text.layers)
        self.across_keys, self.across_values = (
            nn.ModuleList(
                Linear.of(getattr(layer.self_attn, part))
                for index, layer in enumerate(with_expert.lm_expert.layers)
                if not looks_at_itself(with_expert, index)
            )
            for part in ("k_proj", "v_proj")
        )
        self.own = [looks_at_itself(with_expert, index) for index in range(len(text.layers))]
        self.rope = Rope(with_expert)
        self.state_in = state_in is not None
        if state_in is not None:
            self.register_buffer("state_scale", torch.from_numpy(state_in.scale))
            self.register_buffer("state_shift", torch.from_numpy(state_in.shift))

    state_scale: Tensor
    state_shift: Tensor

    def forward(self, features: Tensor, tokens: Tensor, token_mask: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        if self.state_in:
            state = state * self.state_scale + self.state_shift
        state = nn.functional.pad(state, (0, self.pad - state.shape[0])).unsqueeze(0)
        x = torch.cat([features.reshape(-1, features.shape[-1]), self.table(tokens[0]), self.state(state)])
        mask, places = self._mask(token_mask[0].float(), x.shape[0])
        turn = self.rope(places)
        keys, values, crossed = [], [], 0
        for index, layer in enumerate(self.layers):
            x, key, value = layer(x, turn, mask, last=index == len(self.layers) - 1)
            if not self.own[index]:
                key = split_heads(self.across_keys[crossed](_joined(key)), key.shape[0])
                value = split_heads(self.across_values[crossed](_joined(value)), value.shape[0])
                crossed += 1
            keys.append(key)
            values.append(value)
        return torch.stack(keys), torch.stack(values)

    def _mask(self, words: Tensor, length: int) -> tuple[Tensor, Tensor]:
        """What is added to the logits [T, T], and each token's place: padding counts for nothing, and only the state
        looks at the state."""
        seen = torch.cat([torch.ones(self.image_tokens), words, torch.ones(1)])
        column = ((1.0 - seen) * MASKED).unsqueeze(0)
        state = torch.zeros(length, length)
        state[:-1, -1] = MASKED
        return column + state, torch.cumsum(seen, dim=0) - 1.0


class _TextLayer(nn.Module):
    def __init__(self, source: Any, with_expert: Any) -> None:
        super().__init__()
        attention = source.self_attn
        self.heads, self.groups = with_expert.num_attention_heads, with_expert.num_key_value_heads
        self.norm1, self.norm2 = Rms(source.input_layernorm), Rms(source.post_attention_layernorm)
        self.query, self.key, self.value = (
            Linear.of(p) for p in (attention.q_proj, attention.k_proj, attention.v_proj)
        )
        self.out, self.mlp = Linear.of(attention.o_proj), _Mlp(source.mlp)

    def forward(self, x: Tensor, turn: tuple[Tensor, Tensor], mask: Tensor, *, last: bool) -> tuple[Tensor, ...]:
        """The next hidden state (of no use after the last layer), and this layer's key and value."""
        y = self.norm1(x)
        key = rotated(split_heads(self.key(y), self.groups), turn)
        value = split_heads(self.value(y), self.groups)
        if last:
            return x, key, value
        query = rotated(split_heads(self.query(y), self.heads), turn)
        x = x + self.out(grouped(query, key, value, mask))
        return x + self.mlp(self.norm2(x)), key, value


class Denoise(nn.Module):
    """One velocity v_t [1, H, A] of the action expert at time t, from the cache."""

    def __init__(self, flow: Any, image_tokens: int) -> None:
        super().__init__()
        with_expert = flow.vlm_with_expert
        self.image_tokens = image_tokens
        self.action_in, self.action_out = Linear.of(flow.action_in_proj), Linear.of(flow.action_out_proj)
        self.time_in, self.time_out = Linear.of(flow.action_time_mlp_in), Linear.of(flow.action_time_mlp_out)
        self.layers = nn.ModuleList(
            _ExpertLayer(layer, with_expert, looks_at_itself(with_expert, index))
            for index, layer in enumerate(with_expert.lm_expert.layers)
        )
        self.norm = Rms(with_expert.lm_expert.norm)
        self.rope = Rope(with_expert)
        width, config = with_expert.expert_hidden_size, flow.config
        share = torch.linspace(0.0, 1.0, width // 2, dtype=torch.float64)
        period = config.min_period * (config.max_period / config.min_period) ** share
        self.register_buffer("turns", 1.0 / period * 2 * math.pi)
        causal = torch.full((config.chunk_size, config.chunk_size), MASKED).triu(1)
        self.register_buffer("causal", causal)
        self.register_buffer("rows", torch.arange(config.chunk_size, dtype=torch.float32))

    turns: Tensor
    causal: Tensor
    rows: Tensor

    def forward(self, x_t: Tensor, t: Tensor, token_mask: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        x = self.action_in(x_t[0])
        angle = self.turns * t.double()  # up to 1571 rad: float32 would lose the third digit
        time = torch.cat([torch.sin(angle), torch.cos(angle)]).float()
        x = torch.cat([x, time.unsqueeze(0).expand(x.shape[0], -1)], dim=1)
        x = self.time_out(nn.functional.silu(self.time_in(x)))
        words = token_mask[0].float()
        seen = torch.cat([torch.ones(self.image_tokens), words, torch.ones(1)])
        prefix = ((1.0 - seen) * MASKED).unsqueeze(0).expand(x.shape[0], -1)
        masks = (torch.cat([prefix, self.causal], dim=1), prefix)
        turns = (self.rope(self.rows + seen.sum()), self.rope(self.rows))
        for index, layer in enumerate(self.layers):
            x = layer(x, keys[index], values[index], turns, masks)
        return self.action_out(self.norm(x)).unsqueeze(0)


class _ExpertLayer(nn.Module):
    def __init__(self, source: Any, with_expert: Any, itself: bool) -> None:
        super().__init__()
        attention = source.self_attn
        self.heads, self.groups, self.itself = with_expert.num_attention_heads, with_expert.num_key_value_heads, itself
        self.norm1, self.norm2 = Rms(source.input_layernorm), Rms(source.post_attention_layernorm)
        self.query, self.out, self.mlp = Linear.of(attention.q_proj), Linear.of(attention.o_proj), _Mlp(source.mlp)
        if itself:
            self.key, self.value = Linear.of(attention.k_proj), Linear.of(attention.v_proj)

    def forward(
        self, x: Tensor, key: Tensor, value: Tensor, turns: tuple[Any, Any], masks: tuple[Tensor, Tensor]
    ) -> Tensor:
        y = self.norm1(x)
        turn, mask = (turns[0], masks[0]) if self.itself else (turns[1], masks[1])
        query = rotated(split_heads(self.query(y), self.heads), turn)
        if self.itself:
            key = torch.cat([key, rotated(split_heads(self.key(y), self.groups), turn)], dim=1)
            value = torch.cat([value, split_heads(self.value(y), self.groups)], dim=1)
        x = x + self.out(grouped(query, key, value, mask))
        return x + self.mlp(self.norm2(x))


class _Mlp(nn.Module):
    def __init__(self, source: Any) -> None:
        super().__init__()
        self.gate, self.up, self.down = (Linear.of(p) for p in (source.gate_proj, source.up_proj, source.down_proj))

    def forward(self, x: Tensor) -> Tensor:
        return self.down(nn.functional.silu(self.gate(x)) * self.up(x))


class Rms(nn.Module):
    """Llama's norm in float32."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        self.weight = nn.Parameter(source.weight.detach().clone().float(), requires_grad=False)
        self.epsilon = source.variance_epsilon

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + self.epsilon) * self.weight


class Rope(nn.Module):
    """Cosine and sine [T, d/2] of each place."""

    def __init__(self, with_expert: Any) -> None:
        super().__init__()
        half = with_expert.config.text_config.head_dim // 2
        share = (1.0 / half) * torch.arange(half, dtype=torch.float32)
        self.register_buffer("period", 10_000**share)

    period: Tensor

    def forward(self, places: Tensor) -> tuple[Tensor, Tensor]:
        angle = places.unsqueeze(1) / self.period
        return torch.cos(angle), torch.sin(angle)


def rotated(x: Tensor, turn: tuple[Tensor, Tensor]) -> Tensor:
    """LeRobot's rotary positions on [h, T, d], joined by `cat`."""
    cos, sin = turn
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cos - second * sin, second * cos + first * sin], dim=-1)


def grouped(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attention of h query heads to kv < h key heads: the queries of a group are rows of one product. [T, h * d]"""
    heads, length, width = query.shape
    groups = key.shape[0]
    rows = (query * width**-0.5).reshape(groups, heads // groups * length, width)
    logits = torch.matmul(rows, key.transpose(-1, -2)).reshape(heads, length, -1) + mask
    shares = torch.softmax(logits, dim=-1).reshape(groups, heads // groups * length, -1)
    mixed = torch.matmul(shares, value).reshape(heads, length, width)
    return mixed.permute(1, 0, 2).reshape(length, heads * width)


def looks_at_itself(with_expert: Any, index: int) -> bool:
    """True for the expert's layers that attend to prefix and actions; the others attend to the prefix alone."""
    every = with_expert.self_attn_every_n_layers
    return every > 0 and index % every == 0


def _joined(x: Tensor) -> Tensor:
    """[h, T, d] to [T, h * d]."""
    return x.permute(1, 0, 2).reshape(x.shape[1], -1)
