"""Train the network on one thread for so many minutes: `python -m training.masks.train --help`."""

import argparse
import copy
import json
import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from training.masks.data import PARTS, SPLIT, Labelled, Patches, read_crops, read_labelled, split
from training.masks.evaluate import detect, figures
from training.masks.loss import loss_of
from training.masks.net import Net, boxes_of, normalised, points_of

# From which share of the time on, patches of which side, and how many of them make a step.
STAGES = ((0.0, 256, 32), (0.75, 384, 14))
SETTLED_AFTER = 300
WARM_UP = 200
AVERAGE = 0.998
LEAST_SHARE = 0.01


class Run:
    """The network, its running average, its optimiser and how far they have come."""

    def __init__(self) -> None:
        self.net = Net().to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net).eval()
        weights = [p for p in self.net.parameters() if p.ndim > 1]
        others = [p for p in self.net.parameters() if p.ndim <= 1]
        self.optimiser = torch.optim.AdamW(
            [{"params": weights, "weight_decay": 0.05}, {"params": others, "weight_decay": 0.0}], betas=(0.9, 0.98)
        )
        self.step, self.seconds, self.seen = 0, 0.0, 0

    def follow(self) -> None:
        """Move the average towards the network."""
        keep = min(AVERAGE, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            theirs, ours = self.average.state_dict(), self.net.state_dict()
            floating = [name for name, value in ours.items() if value.dtype.is_floating_point]
            torch._foreach_lerp_([theirs[n] for n in floating], [ours[n] for n in floating], 1 - keep)

    def save(self, path: Path) -> None:
        """Everything needed to go on; the average and the optimiser's moments in half precision."""
        torch.save(
            {
                "net": self.net.state_dict(),
                "average": half(self.average.state_dict()),
                "optimiser": half(self.optimiser.state_dict()),
                "step": self.step,
                "seconds": self.seconds,
                "seen": self.seen,
            },
            path.with_suffix(".part"),
        )
        path.with_suffix(".part").replace(path)

    def start_from(self, path: Path) -> None:
        """Begin a run of its own with the averaged weights of another."""
        kept = torch.load(path, weights_only=True)["average"]
        self.net.load_state_dict(kept)
        self.average.load_state_dict(kept)

    def load(self, path: Path) -> None:
        """Go on from a saved run."""
        kept = torch.load(path, weights_only=True)
        self.net.load_state_dict(kept["net"])
        self.average.load_state_dict(kept["average"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.step, self.seconds, self.seen = kept["step"], kept["seconds"], kept["seen"]


def half(kept: Any) -> Any:
    """The same with larger tensors in bfloat16: squares of gradients are too small for float16."""
    if isinstance(kept, Tensor):
        return kept.bfloat16() if kept.is_floating_point() and kept.ndim > 1 else kept
    if isinstance(kept, dict):
        return {key: half(value) for key, value in kept.items()}
    return [half(value) for value in kept] if isinstance(kept, list) else kept


def learning_rate(base: float, step: int, share: float) -> float:
    """Cosine over the time given, after a short warm-up."""
    return (
        base * min(1, (step + 1) / WARM_UP) * (LEAST_SHARE + (1 - LEAST_SHARE) * 0.5 * (1 + math.cos(math.pi * share)))
    )


def batches(plan: "Plan", side: int, batch: int, seed: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Patches made by one process beside this one."""
    pictures = read_labelled(plan.data / "train", plan.part)
    pictures += [picture for folder in plan.more for picture in read_labelled(folder, "train")]
    patches = Patches(pictures, read_crops(plan.data / "crops"), side=side, batch=batch, seed=seed)
    return iter(DataLoader(patches, batch_size=None, num_workers=1, prefetch_factor=6))


def learn(run: Run, pixels: Tensor, faces: Tensor, side: int, grid: tuple[Tensor, Tensor]) -> tuple[float, float]:
    """One step: what classes and boxes cost before it."""
    run.net.train()
    with torch.autocast("cpu", torch.bfloat16):
        logits, distances = run.net(normalised(pixels))
    points, strides = grid
    boxes = boxes_of(distances.float(), points, strides)
    classes, places = loss_of(logits.float(), boxes, faces, points, side, settled=run.step > SETTLED_AFTER)
    run.optimiser.zero_grad()
    (classes + places).backward()
    nn.utils.clip_grad_norm_(run.net.parameters(), 10.0)
    run.optimiser.step()
    run.step += 1
    run.seen += len(pixels)
    run.follow()
    return float(classes.detach()), float(places.detach())


@dataclass(frozen=True)
class Plan:
    """What was asked for: minutes of training in all, and minutes between checkpoints."""

    data: Path
    part: str
    more: list[Path]
    out: Path
    minutes: float
    every: float
    rate: float
    seed: int


def train(run: Run, plan: Plan, tell: Callable[[str], None]) -> None:
    """Go on until the minutes are spent, through the stages, with a checkpoint now and then."""
    chosen = read_labelled(plan.data / "train", "choose")
    costs: deque[tuple[float, float]] = deque(maxlen=100)
    stage, saved_at, clock = -1, run.seconds, time.monotonic()
    while (share := run.seconds / (60 * plan.minutes)) < 1:
        now = max(place for place, (begins, _, _) in enumerate(STAGES) if share >= begins)
        if now != stage:
            stage, (_, side, batch) = now, STAGES[now]
            patches = batches(plan, side, batch, plan.seed + 1000 * run.step)
            grid = points_of(side, side)
        for group in run.optimiser.param_groups:
            group["lr"] = learning_rate(plan.rate, run.step, share)
        costs.append(learn(run, *next(patches), side, grid))
        run.seconds, clock = run.seconds + time.monotonic() - clock, time.monotonic()
        if run.step % 100 == 0:
            classes, places = np.mean(costs, 0)
            so_far = f"step {run.step} seen {run.seen} minutes {run.seconds / 60:.1f} side {side}"
            tell(f"{so_far} class {classes:.3f} box {places:.3f}")
        if run.seconds - saved_at > 60 * plan.every:
            saved_at = run.seconds
            run.save(plan.out / "latest.pt")
            tell(f"choose at 416: {judged(run, chosen, 416)}")
            clock = time.monotonic()
    run.save(plan.out / "latest.pt")
    for side in (416, 640):
        tell(f"choose at {side}: {judged(run, chosen, side)}")


def judged(run: Run, pictures: list[Labelled], side: int) -> dict[str, float]:
    """Figures of the running average on some pictures."""
    found = [detect(run.average, picture.pixels, side) for picture in pictures]
    return {name: round(value, 3) for name, value in figures([p.faces for p in pictures], found).items()}


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--data", type=Path, required=True, help="folder with train/ and crops/")
    ask.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    ask.add_argument("--minutes", type=float, default=240, help="of training in all, resumed ones included")
    ask.add_argument("--rate", type=float, default=3e-3)
    ask.add_argument("--part", choices=PARTS, default="train", help="pictures to learn from")
    ask.add_argument("--more", type=Path, nargs="+", default=[], help="folders of `quintet training export`")
    begins = ask.add_mutually_exclusive_group()
    begins.add_argument("--resume", type=Path, help="a checkpoint to go on from")
    begins.add_argument("--weights", type=Path, help="a checkpoint whose weights to begin with; all else begins anew")
    ask.add_argument("--every", type=float, default=10, help="minutes between checkpoints")
    ask.add_argument("--seed", type=int, default=1)
    asked = vars(ask.parse_args())
    resume, weights = asked.pop("resume"), asked.pop("weights")
    plan = Plan(**asked)

    torch.set_num_threads(1)
    torch.manual_seed(plan.seed)
    plan.out.mkdir(parents=True, exist_ok=True)
    if not SPLIT.exists():
        SPLIT.write_text(json.dumps(split(plan.data / "train"), indent=1) + "\n")
    run = Run()
    if resume:
        run.load(resume)
    if weights:
        run.start_from(weights)
    with (plan.out / "log.txt").open("a") as log:

        def tell(line: str) -> None:
            print(line, flush=True)
            print(line, file=log, flush=True)

        tell(f"parameters {sum(p.numel() for p in run.net.parameters())}")
        train(run, plan, tell)


if __name__ == "__main__":
    main()
