"""ACT's vision stage: a ResNet with its batch-norms and, for uint8 pictures, their normalisation in its weights."""

from __future__ import annotations

import copy
import itertools
from typing import Any

import torch
from torch import Tensor, nn

from app.export.runner.models import Affine


class Vision(nn.Module):
    """A picture to tokens [1, h*w, D]. With `affine` it takes uint8 HWC, else normalised NCHW."""

    def __init__(self, act: Any, affine: Affine | None, size: tuple[int, ...]) -> None:
        super().__init__()
        self.backbone = folded_backbone(act.backbone)
        self.project = copy.deepcopy(act.encoder_img_feat_input_proj)
        self.picture = None if affine is None else _Pixels(self.backbone, affine, size)

    def forward(self, picture: Tensor) -> Tensor:
        if self.picture is not None:
            picture = self.picture(picture)
        return self.project(self.backbone(picture)["feature_map"]).flatten(2).transpose(1, 2)


class _Pixels(nn.Module):
    """uint8 HWC to what a first convolution takes that has the normalisation in its weights.

    The shift rides on a fourth channel, 255 in the picture and 0 in the padding around it, as normalised pixels are: so
    borders are exact. No float touches the picture, an int8 convolution takes the camera's own integers, and four
    channels suit its kernels better than three (a fifth less processor time of the whole int8 stage).
    """

    full: Tensor

    def __init__(self, backbone: Any, affine: Affine, size: tuple[int, ...]) -> None:
        super().__init__()
        conv: nn.Conv2d = backbone.conv1
        scale, shift = (torch.from_numpy(part).double().reshape(1, -1, 1, 1) for part in (affine.scale, affine.shift))
        weight = conv.weight.detach().double()
        weight = torch.cat([weight * scale, (weight * shift).sum(1, keepdim=True) / 255], dim=1)
        conv.weight = nn.Parameter(weight.float(), requires_grad=False)
        conv.in_channels = weight.shape[1]
        self.register_buffer("full", torch.full((*size, 1), 255, dtype=torch.uint8))

    def forward(self, picture: Tensor) -> Tensor:
        return torch.cat([picture, self.full], dim=2).unsqueeze(0).permute(0, 3, 1, 2).float()


class VisionMap(nn.Module):
    """The same without flattening, for converters that turn NCHW inside into NHWC outside."""

    def __init__(self, vision: Vision) -> None:
        super().__init__()
        self.backbone, self.project = vision.backbone, vision.project

    def forward(self, picture: Tensor) -> Tensor:
        return self.project(self.backbone(picture)["feature_map"])


def folded_backbone(backbone: nn.Module) -> nn.Module:
    """A copy with every frozen batch-norm inside the convolution before it, computed in float64."""
    copied = copy.deepcopy(backbone)
    for module in list(copied.modules()):
        children = list(module.named_children())
        for (_, conv), (name, norm) in itertools.pairwise(children):
            if isinstance(conv, nn.Conv2d) and type(norm).__name__ == "FrozenBatchNorm2d":
                _fold(conv, norm)
                setattr(module, name, nn.Identity())
    return copied


def _fold(conv: nn.Conv2d, norm: Any) -> None:
    scale = norm.weight.double() / torch.sqrt(norm.running_var.double() + norm.eps)
    shift = norm.bias.double() - norm.running_mean.double() * scale
    before = torch.zeros_like(shift) if conv.bias is None else conv.bias.double()
    conv.weight = nn.Parameter((conv.weight.double() * scale.reshape(-1, 1, 1, 1)).float(), requires_grad=False)
    conv.bias = nn.Parameter((before * scale + shift).float(), requires_grad=False)
