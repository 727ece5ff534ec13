"""The pieces that inference wrappers are built from, written so that the exported graph is small and quantizable.

A linear layer is one MatMul with a constant and one Add, on 2-D tensors: every quantizer knows that pattern. Attention
is written out, its products and softmax apart from the projections, because those stay in float.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Linear(nn.Module):
    """`x @ weight + bias` with the weight already transposed: (in, out)."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self.weight = nn.Parameter(weight.detach().t().contiguous().float(), requires_grad=False)
        self.bias = None if bias is None else nn.Parameter(bias.detach().clone().float(), requires_grad=False)

    @classmethod
    def of(cls, layer: Any) -> Linear:
        return cls(layer.weight, layer.bias)

    def forward(self, x: Tensor) -> Tensor:
        product = torch.matmul(x, self.weight)
        return product if self.bias is None else product + self.bias


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
    """Heads first, [h, T, d] each; `mask` is added to the logits. Gives [T, h * d].

    The scale goes to the query, which is the smaller of the tensors it could go to.
    """
    logits = torch.matmul(query * query.shape[-1] ** -0.5, key.transpose(-1, -2))
    if mask is not None:
        logits = logits + mask
    mixed = torch.matmul(torch.softmax(logits, dim=-1), value)
    heads, length, width = query.shape
    return mixed.permute(1, 0, 2).reshape(length, heads * width)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[T, h * d] to [h, T, d]."""
    length, width = x.shape
    return x.reshape(length, heads, width // heads).permute(1, 0, 2)


class Attention(nn.Module):
    """A torch MultiheadAttention for inference; query and key share a product where they come from one tensor."""

    def __init__(self, source: Any) -> None:
        super().__init__()
        width = source.embed_dim
        weight, bias = source.in_proj_weight, source.in_proj_bias
        self.heads = source.num_heads
        self.width = width
        self.query = Linear(weight[:width], bias[:width])
        self.key = Linear(weight[width : 2 * width], bias[width : 2 * width])
        self.query_key = Linear(weight[: 2 * width], bias[: 2 * width])
        self.value = Linear(weight[2 * width :], bias[2 * width :])
        self.out = Linear.of(source.out_proj)

    def among(self, placed: Tensor, x: Tensor) -> Tensor:
        """Self-attention: query and key from `placed` (with positions), value from `x`."""
        both = self.query_key(placed)
        query, key = both[:, : self.width], both[:, self.width :]
        return self._attend(query, key, self.value(x))

    def across(self, query: Tensor, placed: Tensor, x: Tensor) -> Tensor:
        """Cross-attention of an already projected query to `x`."""
        return self._attend(query, self.key(placed), self.value(x))

    def _attend(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        heads = [split_heads(part, self.heads) for part in (query, key, value)]
        return self.out(attend(heads[0], heads[1], heads[2]))
