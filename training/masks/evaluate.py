"""AP50 as VOC counts it (all points), any face and per class; and how well scores tell the truth."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from quintet.services.masks.vision.calibration import AS_IT_IS, Calibration, fitted
from quintet.services.masks.vision.detector import Detector
from quintet.services.masks.vision.engines import Array
from quintet.services.masks.vision.evaluating import INCORRECT, LEAST_SCORE, Floats, faces_as_rows, figures, judge
from quintet.services.masks.vision.letterbox import Pixels
from quintet.services.masks.vision.registry import Model, find_model
from training.masks.data import PARTS, Labelled, read_labelled
from training.masks.net import MULTIPLE, STRIDES, Net, normalised

Detect = Callable[[Pixels, int], Floats]

OVERLAP = 0.5
MOST_FACES = 300
NEARLY_BEST = 0.005
NOISE = 0.1


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


def calibrated_on(known: Sequence[Floats], found: Sequence[Floats]) -> Calibration:
    """What makes scores shares, by everything found that is more than noise."""
    parts = [judge(known, found, kind) for kind in range(3)]
    scores = np.concatenate([part.scores for part in parts])
    right = np.concatenate([part.right for part in parts])
    return fitted(scores[scores > NOISE], right[scores > NOISE])


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


class InFloat(Detector):
    """A network that is not exported yet, behind the product's own detector: only what runs it differs."""

    def __init__(self, net: Net, *, side: int, mirrored: int = 0, pixels: int = 0) -> None:
        self.net = net
        shipped = find_model("accurate")
        self.model = dataclasses.replace(
            shipped, strides=STRIDES, multiple=MULTIPLE, overlap=OVERLAP, most_faces=MOST_FACES, side=side,
            mirrored=mirrored, pixels=pixels, softplus=False, channels=3,
            calibration=AS_IT_IS,
        )  # fmt: skip

    @torch.no_grad()
    def run(self, canvas: Pixels) -> list[Array]:
        """See Detector."""
        pixels = torch.from_numpy(canvas.transpose(2, 0, 1)[None].copy())
        return [answer.numpy() for answer in self.net(normalised(pixels))]


def detect(net: Net, pixels: Pixels, side: int, mirrored: int = 0, most_pixels: int = 0) -> Floats:
    """Class, score and box of each face (faces, 6), found in float exactly as the product finds them."""
    return faces_as_rows(InFloat(net, side=side, mirrored=mirrored, pixels=most_pixels).detect(pixels, LEAST_SCORE))


def average_of(checkpoint: Path) -> Net:
    """The network of a checkpoint: its running average, in evaluation mode."""
    net = Net()
    net.load_state_dict(torch.load(checkpoint, weights_only=True)["average"])
    return net.eval().to(memory_format=torch.channels_last)


def in_float(checkpoint: Path, mirrored: int = 0, most_pixels: int = 0) -> Detect:
    """Detection by a checkpoint."""
    net = average_of(checkpoint)
    return lambda pixels, side: detect(net, pixels, side, mirrored, most_pixels)


def as_shipped(model: Model) -> Detect:
    """Detection by a model folder through the product's own detector."""
    detectors: dict[int, Detector] = {}

    def find(pixels: Pixels, side: int) -> Floats:
        if side not in detectors:
            detectors[side] = Detector(dataclasses.replace(model, side=side))
        return faces_as_rows(detectors[side].detect(pixels, LEAST_SCORE))

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
    ask.add_argument("--mirrored", type=int, default=0, help="of a checkpoint: at the mirror image, too")
    ask.add_argument("--part", choices=PARTS, nargs="+", default=["choose", "report", "both"])
    asked = ask.parse_args()
    torch.set_num_threads(1)
    find = in_float(asked.checkpoint, asked.mirrored) if asked.checkpoint else as_shipped(find_model(asked.model))
    for part in asked.part:
        pictures = read_labelled(asked.data / "train", part)
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
