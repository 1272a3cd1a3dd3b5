"""The network: a dense residual backbone, a light feature pyramid, and one anchor-free head per stride."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from quintet.services.masks.vision.letterbox import CONTRAST, GREY

STRIDES = (8, 16, 32, 64)
# Of a canvas's sides: less than the largest stride, so that little of what the network sees is filling.
MULTIPLE = 32
WIDTHS = (64, 128, 192, 128)
PYRAMID = 64
CLASS_COUNT = 3
DROPPED = 0.1


def conv(inputs: int, outputs: int, size: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, batch norm, ReLU: the three that quantisation folds into one."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)
    )


class Residual(nn.Module):
    """Squeeze to half the channels, look around, add."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.squeeze = conv(channels, channels // 2, 1)
        self.look = nn.Sequential(nn.Conv2d(channels // 2, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.relu(x + self.look(self.squeeze(x)))


class Net(nn.Module):
    """Faces in a picture.

    Takes    float (batch, 3, height, width), RGB, normalised; sides are multiples of `MULTIPLE`
    Returns  logits (batch, points, 3), and distances left, top, right, bottom from each point
             in units of its stride (batch, points, 4); points as in `points_of`
    """

    def __init__(self) -> None:
        super().__init__()
        near, middle, far, farthest = WIDTHS
        self.stages = nn.ModuleList(
            [
                nn.Sequential(
                    conv(3, 16, 3, 2),
                    conv(16, 32, 3, 2),
                    Residual(32),
                    conv(32, near, 3, 2),
                    Residual(near),
                    Residual(near),
                ),
                nn.Sequential(conv(near, middle, 3, 2), Residual(middle), Residual(middle)),
                nn.Sequential(conv(middle, far, 3, 2), Residual(far), Residual(far)),
                nn.Sequential(conv(far, farthest, 3, 2), Residual(farthest)),
            ]
        )
        self.lateral = nn.ModuleList(conv(width, PYRAMID, 1) for width in WIDTHS)
        self.smooth = nn.ModuleList(conv(PYRAMID, PYRAMID) for _ in WIDTHS)
        self.judge = nn.ModuleList(conv(PYRAMID, PYRAMID) for _ in WIDTHS)
        self.wearing = nn.ModuleList(nn.Conv2d(PYRAMID, CLASS_COUNT, 1) for _ in WIDTHS)
        self.reach = nn.ModuleList(nn.Conv2d(PYRAMID, 4, 1) for _ in WIDTHS)
        for head in self.wearing:
            nn.init.normal_(head.weight, 0, 0.01)
            nn.init.constant_(head.bias, -4.6)  # a point is a face once in a hundred
        for head in self.reach:
            nn.init.normal_(head.weight, 0, 0.01)
            nn.init.constant_(head.bias, 1.0)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        features = []
        for stage, lateral in zip(self.stages, self.lateral, strict=True):
            x = stage(x)
            features.append(lateral(x))
        for level in (2, 1, 0):
            # To the very size: of an odd number of rows, the coarser level has one half more.
            above = functional.interpolate(features[level + 1], size=features[level].shape[-2:], mode="nearest")
            features[level] = features[level] + above
        logits, distances = [], []
        for level, feature in enumerate(features):
            smooth = functional.dropout2d(self.smooth[level](feature), DROPPED, self.training)
            logits.append(self.wearing[level](self.judge[level](smooth)).flatten(2))
            distances.append(functional.softplus(self.reach[level](smooth)).flatten(2))
        return torch.cat(logits, 2).transpose(1, 2), torch.cat(distances, 2).transpose(1, 2)


def points_of(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Centre x, y of every point in pixels (points, 2), and its stride (points,): level by level, row by row."""
    points, strides = [], []
    for stride in STRIDES:
        ys = torch.arange(-(-height // stride)) * stride + stride / 2
        xs = torch.arange(-(-width // stride)) * stride + stride / 2
        y, x = torch.meshgrid(ys, xs, indexing="ij")
        points.append(torch.stack([x.flatten(), y.flatten()], 1))
        strides.append(torch.full((len(points[-1]),), float(stride)))
    return torch.cat(points), torch.cat(strides)


def boxes_of(distances: Tensor, points: Tensor, strides: Tensor) -> Tensor:
    """x1, y1, x2, y2 in pixels (..., points, 4)."""
    reach = distances * strides[:, None]
    return torch.cat([points - reach[..., :2], points + reach[..., 2:]], -1)


def normalised(pixels: Tensor) -> Tensor:
    """What the network sees of uint8 pixels (batch, 3, height, width)."""
    return ((pixels.float() - GREY) / CONTRAST).to(memory_format=torch.channels_last)
