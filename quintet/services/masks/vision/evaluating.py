"""AP50 as VOC counts it (all points), any face and per class."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from quintet.services.masks.vision.decode import Floats, overlaps
from quintet.services.masks.vision.detector import Detector, Face
from quintet.services.masks.vision.letterbox import CLASSES
from quintet.services.masks.vision.pictures import BadPicture, open_picture

ENOUGH = 0.5
INCORRECT = 2
# Average precision needs the whole curve, so nearly everything found is kept.
LEAST_SCORE = 0.0005


class BadAnnotations(ValueError):
    """A COCO file that cannot be measured against, or pictures that are not where it says."""


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
        with_mine, with_spared = overlaps(said[:, 2:], mine), overlaps(said[:, 2:], spared)
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


def faces_as_rows(faces: Sequence[Face]) -> Floats:
    """What was found on a picture, (faces, 6): class, score, x1, y1, x2, y2."""
    return np.array([(CLASSES.index(f.wearing), f.score, *f.box) for f in faces], np.float32).reshape(-1, 6)


def read_coco(file: Path) -> dict[str, Floats]:
    """The faces of each picture by its file name: (faces, 5): class, x1, y1, x2, y2.

    Categories go by their names; faces in others than ours are left out. Raises BadAnnotations.
    """
    try:
        book = json.loads(file.read_text(encoding="utf-8"))
        ours = {row["id"]: CLASSES.index(row["name"]) for row in book["categories"] if row["name"] in CLASSES}
        faces: dict[int, list[list[float]]] = {picture["id"]: [] for picture in book["images"]}
        for face in book["annotations"]:
            x, y, width, height = face["bbox"]
            if face["category_id"] in ours:
                faces[face["image_id"]].append([ours[face["category_id"]], x, y, x + width, y + height])
        named = {row["file_name"]: np.array(faces[row["id"]], np.float32).reshape(-1, 5) for row in book["images"]}
    except OSError as refused:
        raise BadAnnotations(f"{file} cannot be read: {refused.strerror}") from refused
    except (ValueError, TypeError, KeyError) as broken:
        raise BadAnnotations(f"{file} is no COCO file of boxes: {broken!r}") from broken
    if not any(len(rows) for rows in named.values()):
        raise BadAnnotations(f"{file} has no box of a category named {', '.join(CLASSES)}")
    return named


def evaluate(
    detector: Detector, known: dict[str, Floats], folder: Path, tell: Callable[[int], None]
) -> dict[str, float]:
    """The figures of a detector on labelled pictures; all of them must be there. Raises BadAnnotations.

    tell  hears how many pictures were looked at
    """
    found = []
    for count, name in enumerate(known, 1):
        try:
            pixels = open_picture((folder / name).read_bytes()).pixels
        except (OSError, BadPicture) as bad:
            raise BadAnnotations(f"{folder / name}: {bad}") from bad
        found.append(faces_as_rows(detector.detect(pixels, LEAST_SCORE)))
        tell(count)
    return figures(list(known.values()), found)
