"""AP50 as VOC counts it (all points), any face and per class; and how well scores tell the truth."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from quintet.services.masks.vision.decode import faces_from
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.letterbox import CLASSES, Pixels, resize_letterboxed
from quintet.services.masks.vision.registry import Model, find_model
from training.masks.data import Labelled, read_labelled
from training.masks.net import STRIDES, Net, normalised

Floats = NDArray[np.float32]
Detect = Callable[[Pixels, int], Floats]

PARTS = {"choose": ("choose",), "report": ("report",), "both": ("choose", "report"), "train": ("train",)}
# Average precision needs the whole curve, so nearly everything found is kept.
LEAST_SCORE = 0.02
OVERLAP = 0.5
MOST_FACES = 300
NEARLY_BEST = 0.005

ENOUGH = 0.5
INCORRECT = 2


@dataclass(frozen=True)
class Judged:
    """The detections of one class, best first: their scores, which of them are right, and how many faces there were."""

    scores: NDArray[np.float64]
    right: NDArray[np.bool_]
    faces: int

    @property
    def average_precision(self) -> float:
        """Area under the precision-recall curve after making it fall."""
        if not self.faces or not len(self.scores):
            return 0.0
        hits = np.cumsum(self.right)
        recall = np.r_[0, hits / self.faces, 1]
        precision = np.r_[0, hits / np.arange(1, len(hits) + 1), 0]
        precision = np.maximum.accumulate(precision[::-1])[::-1]
        return float((np.diff(recall) * precision[1:]).sum())

    def at(self, threshold: float) -> tuple[float, float]:
        """Precision and recall when only scores from the threshold up count."""
        right = self.right[self.scores >= threshold]
        return float(right.mean()) if len(right) else 1.0, float(right.sum() / max(self.faces, 1))


def overlap(ours: Floats, theirs: Floats) -> Floats:
    """IoU of every box with every other (ours, theirs)."""
    low = np.maximum(ours[:, None, :2], theirs[None, :, :2])
    high = np.minimum(ours[:, None, 2:], theirs[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(-1)
    areas = np.prod(ours[:, 2:] - ours[:, :2], 1)[:, None] + np.prod(theirs[:, 2:] - theirs[:, :2], 1)[None]
    return (shared / np.maximum(areas - shared, 1e-9)).astype(np.float32)


def judge(known: Sequence[Floats], found: Sequence[Floats], kind: int, ignored: Sequence[int] = ()) -> Judged:
    """Match detections of one class to faces, best score first, each face once, by most overlap.

    known    per picture (faces, 5): class, x1, y1, x2, y2
    found    per picture (detections, 6): class, score, x1, y1, x2, y2
    ignored  classes whose faces neither count nor make a detection wrong
    """
    scores: list[float] = []
    right: list[bool] = []
    faces = 0
    for truth, said in zip(known, found, strict=True):
        mine = truth[truth[:, 0] == kind][:, 1:]
        spared = truth[np.isin(truth[:, 0], ignored)][:, 1:]
        faces += len(mine)
        said = said[said[:, 0] == kind]
        said = said[np.argsort(-said[:, 1], kind="stable")]
        free = np.ones(len(mine), bool)
        with_mine, with_spared = overlap(said[:, 2:], mine), overlap(said[:, 2:], spared)
        for row, detection in enumerate(said):
            best = int(np.where(free, with_mine[row], -1).argmax()) if len(mine) else -1
            hit = best >= 0 and bool(free[best]) and with_mine[row, best] >= ENOUGH
            if hit:
                free[best] = False
            elif len(spared) and with_spared[row].max() >= ENOUGH:
                continue
            scores.append(float(detection[1]))
            right.append(hit)
    order = np.argsort(-np.array(scores), kind="stable")
    return Judged(np.array(scores)[order], np.array(right, bool)[order], faces)


def figures(known: Sequence[Floats], found: Sequence[Floats]) -> dict[str, float]:
    """AP50 of any face, with, without (incorrect ignored), their mean, and incorrect."""
    as_face = [np.c_[k[:, :1] * 0, k[:, 1:]] for k in known], [np.c_[f[:, :1] * 0, f[:, 1:]] for f in found]
    wearing = judge(known, found, 0, (INCORRECT,)).average_precision
    bare = judge(known, found, 1, (INCORRECT,)).average_precision
    return {
        "any_face": judge(*as_face, 0).average_precision,
        "mean": (wearing + bare) / 2,
        CLASSES[0]: wearing,
        CLASSES[1]: bare,
        CLASSES[2]: judge(known, found, INCORRECT).average_precision,
    }


def best_threshold(known: Sequence[Floats], found: Sequence[Floats]) -> tuple[float, float]:
    """The score from which with and without together have the best F1, and that F1.

    The very peak is chance on so few pictures: this is the middle of all that come near it.
    """
    parts = [judge(known, found, kind, (INCORRECT,)) for kind in (0, 1)]
    scores = np.concatenate([part.scores for part in parts])
    right = np.concatenate([part.right for part in parts])
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(hits) + 1) + sum(part.faces for part in parts))
    near = scores[order][f1 > f1.max() - NEARLY_BEST]
    return float(near.min() + near.max()) / 2, float(f1.max())


def reliability(known: Sequence[Floats], found: Sequence[Floats]) -> list[tuple[float, float, int]]:
    """By tenths of the score: its mean, the share of detections with the right class and place, and how many."""
    parts = [judge(known, found, kind) for kind in range(3)]
    scores = np.concatenate([part.scores for part in parts])
    right = np.concatenate([part.right for part in parts])
    bins = np.clip((scores * 10).astype(int), 0, 9)
    return [
        (float(scores[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
        for b in range(10)
        if (bins == b).any()
    ]


@torch.no_grad()
def detect(net: Net, pixels: Pixels, side: int) -> Floats:
    """Class, score and box of each face (faces, 6), found in float exactly as the product finds them."""
    canvas, placement = resize_letterboxed(pixels, side, STRIDES[-1])
    logits, distances = net(normalised(torch.from_numpy(canvas.transpose(2, 0, 1)[None].copy())))
    return faces_from(
        logits[0].numpy(),
        distances[0].numpy(),
        (canvas.shape[0], canvas.shape[1]),
        STRIDES,
        threshold=LEAST_SCORE,
        overlap=OVERLAP,
        most=MOST_FACES,
        placement=placement,
    )


def average_of(checkpoint: Path) -> Net:
    """The network of a checkpoint: its running average, in evaluation mode."""
    net = Net()
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    return net.eval().to(memory_format=torch.channels_last)


def in_float(checkpoint: Path) -> Detect:
    """Detection by a checkpoint."""
    net = average_of(checkpoint)
    return lambda pixels, side: detect(net, pixels, side)


def as_shipped(model: Model) -> Detect:
    """Detection by a model folder through the product's own detector."""
    detectors: dict[int, Detector] = {}

    def find(pixels: Pixels, side: int) -> Floats:
        if side not in detectors:
            detectors[side] = Detector(dataclasses.replace(model, side=side))
        rows = [(CLASSES.index(f.wearing), f.score, *f.box) for f in detectors[side].detect(pixels, LEAST_SCORE)]
        return np.array(rows, np.float32).reshape(-1, 6)

    return find


def measure(find: Detect, pictures: Sequence[Labelled], side: int) -> tuple[list[Floats], list[Floats]]:
    """What is known and what is found, picture by picture."""
    return [p.faces for p in pictures], [find(p.pixels, side) for p in pictures]


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--data", type=Path, required=True, help="folder with train/")
    source = ask.add_mutually_exclusive_group(required=True)
    source.add_argument("--checkpoint", type=Path, help="a checkpoint, in float")
    source.add_argument("--model", help="name or folder of an exported model")
    ask.add_argument("--side", type=int, nargs="+", default=[416, 448, 640])
    ask.add_argument("--part", choices=PARTS, nargs="+", default=["choose", "report", "both"])
    asked = ask.parse_args()
    torch.set_num_threads(1)
    find = in_float(asked.checkpoint) if asked.checkpoint else as_shipped(find_model(asked.model))
    for part in asked.part:
        pictures = [p for name in PARTS[part] for p in read_labelled(asked.data / "train", name)]
        for side in asked.side:
            known, found = measure(find, pictures, side)
            told = "  ".join(f"{name} {value:.3f}" for name, value in figures(known, found).items())
            score, f1 = best_threshold(known, found)
            print(f"{part:7} {side}  {told}  best F1 {f1:.3f} at {score:.2f}", flush=True)
            if part == "both":
                for mean, share, count in reliability(known, found):
                    print(f"        score {mean:.2f}  right {share:.2f}  of {count}")


if __name__ == "__main__":
    main()
