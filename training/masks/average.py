"""The mean of the weights of several runs, which does better on new pictures than any of them: `--help`.

Only of runs that began with one another's weights: else their mean is noise.
"""

import argparse
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.masks.train import half


def average(runs: list[dict[str, Any]], shares: list[float]) -> dict[str, Tensor]:
    """Each weight's mean of the runs' running averages; what is counted is the last one's."""
    kept = [run["average"] for run in runs]
    mean = {}
    for name, last in kept[-1].items():
        if last.is_floating_point():
            mean[name] = sum(share * weights[name].float() for share, weights in zip(shares, kept, strict=True))
        else:
            mean[name] = last
    return half(mean)


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("checkpoints", type=Path, nargs="+", help="in the order in which they were made")
    ask.add_argument("--shares", type=float, nargs="+", help="of each (default: alike)")
    ask.add_argument("--into", type=Path, required=True)
    asked = ask.parse_args()
    runs = [torch.load(path, weights_only=True) for path in asked.checkpoints]
    shares = asked.shares or [1 / len(runs)] * len(runs)
    counted = {name: sum(run[name] for run in runs) for name in ("step", "seconds", "seen")}
    torch.save({"average": average(runs, shares), **counted}, asked.into)


if __name__ == "__main__":
    main()
