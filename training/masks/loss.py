"""Which points answer for which face, and what their answers cost."""

import torch
from torch import Tensor
from torch.nn import functional

from training.masks.net import STRIDES

# Faces of these sizes (root of the area, pixels) may be answered for by each stride. Neighbours overlap.
SIZES = {8: (0.0, 44.0), 16: (32.0, 100.0), 32: (76.0, 220.0), 64: (170.0, 1e9)}
CLASS_WEIGHTS = (1.0, 1.3, 2.0)
LEAST_VISIBLE = 0.35
LEAST_SIDE = 5.0
FAR = 1e5


def overlaps(ours: Tensor, theirs: Tensor) -> tuple[Tensor, Tensor]:
    """Generalised IoU and IoU of boxes pair by pair (..., 4)."""
    low, high = torch.maximum(ours[..., :2], theirs[..., :2]), torch.minimum(ours[..., 2:], theirs[..., 2:])
    shared = (high - low).clamp(0).prod(-1)
    union = (ours[..., 2:] - ours[..., :2]).prod(-1) + (theirs[..., 2:] - theirs[..., :2]).prod(-1) - shared + 1e-7
    low, high = torch.minimum(ours[..., :2], theirs[..., :2]), torch.maximum(ours[..., 2:], theirs[..., 2:])
    hull = (high - low).prod(-1) + 1e-7
    return shared / union - (hull - union) / hull, shared / union


@torch.no_grad()
def assign(logits: Tensor, boxes: Tensor, faces: Tensor, points: Tensor, side: int) -> tuple[Tensor, Tensor, Tensor]:
    """Choose the points that answer for each face, as SimOTA does: as many as overlap it well, the cheapest first.

    logits, boxes  what the network says (batch, points, 3) and (batch, points, 4), pixels
    faces          (batch, most, 6): class or -1, x1, y1, x2, y2, visible fraction
    side           of the square patches, pixels

    Returns        chosen points (index into batch x points), the face row (6) of each,
                   and points to leave alone: those inside faces too small or too hidden to learn from
    """
    batch, count = logits.shape[:2]
    picture, row = torch.where(faces[..., 0] >= 0)
    face = faces[picture, row]
    sides = face[:, 3:5] - face[:, 1:3]
    learnable = (face[:, 5] >= LEAST_VISIBLE) & (sides.amin(1) >= LEAST_SIDE)
    left_alone = torch.zeros(batch, count)
    hidden = face[~learnable]
    inside = ((points > hidden[:, None, 1:3]) & (points < hidden[:, None, 3:5])).all(-1)
    left_alone.index_add_(0, picture[~learnable], inside.float())

    face, picture, sides = face[learnable], picture[learnable], sides[learnable]
    centre, size = (face[:, 1:3] + face[:, 3:5]) / 2, sides.prod(1).sqrt()
    step = torch.arange(-1, 2)
    around = torch.cartesian_prod(step, step)
    indices, allowed, offset = [], [], 0
    for stride in STRIDES:
        cells = side // stride
        cell = (centre / stride).floor().long()[:, None] + around
        smallest, largest = SIZES[stride]
        fits = ((size >= smallest) & (size < largest))[:, None]
        allowed.append(((cell >= 0) & (cell < cells)).all(-1) & fits)
        cell = cell.clamp(0, cells - 1)
        indices.append(offset + cell[..., 1] * cells + cell[..., 0])
        offset += cells * cells
    index, allow = torch.cat(indices, 1), torch.cat(allowed, 1)

    _, iou = overlaps(boxes[picture[:, None], index], face[:, None, 1:5])
    iou = iou * allow
    score = logits[picture[:, None], index, face[:, None, 0].long()].sigmoid()
    place = points[index]
    within = ((place > face[:, None, 1:3]) & (place < face[:, None, 3:5])).all(-1)
    cost = -score.clamp(1e-4).log() - 3 * iou.clamp(1e-3).log() + 2 * ~within + FAR * ~allow
    wanted = iou.topk(9, 1).values.sum(1).long().clamp(min=2)
    chosen = (cost.argsort(1).argsort(1) < wanted[:, None]) & allow

    flat = (picture[:, None] * count + index)[chosen]
    price = cost[chosen]
    cheapest = torch.full((batch * count,), FAR).scatter_reduce(0, flat, price, "amin")
    wins = price == cheapest[flat]
    which = torch.arange(len(face))[:, None].expand_as(chosen)[chosen]
    return flat[wins], face[which[wins]], left_alone > 0


def loss_of(
    logits: Tensor, boxes: Tensor, faces: Tensor, points: Tensor, side: int, *, settled: bool
) -> tuple[Tensor, Tensor]:
    """What the answers cost: varifocal cross entropy towards the overlap reached, and 1 - GIoU.

    settled  false in the first few hundred steps, when overlaps say nothing yet
    """
    chosen, face, left_alone = assign(logits.detach(), boxes.detach(), faces, points, side)
    answered = max(len(chosen), 1)
    giou, iou = overlaps(boxes.flatten(0, 1)[chosen], face[:, 1:5])
    target = torch.zeros_like(logits).flatten(0, 1)
    target[chosen, face[:, 0].long()] = iou.detach().clamp(0.2) * 0.9 + 0.1 if settled else torch.tensor(0.8)
    flat = logits.flatten(0, 1)
    said = flat.detach().sigmoid()
    weight = torch.where(target > 0, (target - said).abs() + 0.1, 0.75 * said * said)
    counted = ~left_alone.flatten()
    counted[chosen] = True
    weight = weight * counted[:, None] * torch.tensor(CLASS_WEIGHTS)
    classes = (
        2 * (functional.binary_cross_entropy_with_logits(flat, target, reduction="none") * weight).sum() / answered
    )
    return classes, 2 * (1 - giou).sum() / answered
