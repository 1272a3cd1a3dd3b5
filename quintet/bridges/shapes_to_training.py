"""What people corrected in annotation goes back to where the mask model is made: a folder as training/masks reads it.

images/            one file a frame, upright
annotations.json   COCO; categories 1 with_mask, 2 without_mask, 3 mask_worn_incorrect
split.json         which picture is learned from, which only measured on
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Literal, get_args

from quintet.core.errors import BadInput
from quintet.services.annotation import interface as annotation
from quintet.services.masks import interface as masks

Part = Literal["train", "choose", "report"]
PARTS: tuple[Part, ...] = get_args(Part)
_ANNOTATIONS, _SPLIT = "annotations.json", "split.json"


@dataclass
class Exported:
    """What was written: pictures, and faces by class."""

    pictures: int = 0
    faces: Counter[str] = field(default_factory=Counter)


def export(
    task_ids: Sequence[int],
    into: Path,
    *,
    part: Part = "train",
    mapping: Mapping[str, str] | None = None,
    with_empty: bool = False,
    tell: Callable[[str], object] = str,
) -> Exported:
    """Write the frames of these tasks, one after the other; a folder that is not done has no annotations.json.

    part        what all of them are for
    mapping     label of a task -> class; without it labels called as a class, however that is written, are taken
    with_empty  frames without a face, too: only where somebody has looked at every frame
    tell        hears the name of each picture, and where it is from

    Raises BadInput, NotFound, UnreadableFrame, OSError.
    """
    if (into / _ANNOTATIONS).exists():
        raise BadInput(f"{into} holds a set already")
    # All is asked before anything is written.
    classes = _classes(task_ids, mapping or {})
    (into / "images").mkdir(parents=True, exist_ok=True)
    unfinished = into / f".{_ANNOTATIONS}"
    done, names = Exported(), []
    with unfinished.open("w", encoding="utf-8") as images, (into / ".faces").open("w+", encoding="utf-8") as faces:
        images.write(_head())
        for task_id, class_of in classes.items():
            for frame in annotation.labelled_frames(task_id, with_empty=with_empty):
                known = [(class_of[label], box) for label, box in frame.boxes if label in class_of]
                if not known and not with_empty:
                    continue
                name = f"task{task_id}_{frame.number:06d}{frame.ending}"
                (into / "images" / name).write_bytes(frame.content)
                names.append(name)
                done.pictures += 1
                said = {"id": done.pictures, "file_name": name, "width": frame.width, "height": frame.height}
                _write(images, said, is_first=done.pictures == 1)
                _write_faces(faces, known, done)
                tell(f"{name}\ttask {task_id}\tframe {frame.number}\t{len(known)} faces")
        images.write('\n],\n"annotations": [')
        faces.seek(0)
        for line in faces:
            images.write(line)
        images.write("\n]}\n")
    (into / ".faces").unlink()
    split = {each: names if each == part else [] for each in PARTS}
    (into / _SPLIT).write_text(json.dumps(split, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(into / _ANNOTATIONS)
    return done


def _classes(task_ids: Sequence[int], mapping: Mapping[str, str]) -> dict[int, Mapping[str, str]]:
    """By task, the class of each label."""
    labels = {task_id: annotation.labels_of(task_id) for task_id in dict.fromkeys(task_ids)}
    if unknown := [name for name in mapping.values() if name not in masks.CLASSES]:
        raise BadInput(f"{unknown[0]!r} is none of {', '.join(masks.CLASSES)}")
    if unknown := [label for label in mapping if not any(label in names for names in labels.values())]:
        raise BadInput(f"no task has the label {unknown[0]!r}")
    return {task_id: _classes_of(task_id, names, mapping) for task_id, names in labels.items()}


def _classes_of(task_id: int, labels: Sequence[str], mapping: Mapping[str, str]) -> Mapping[str, str]:
    said = {label: name for label, name in mapping.items() if label in labels}
    found = said or annotation.matched(labels, masks.CLASSES, {})
    if not found:
        classes = ", ".join(masks.CLASSES)
        raise BadInput(f"task {task_id} has the labels {', '.join(labels)}: say which of them are {classes}")
    return found


def _head() -> str:
    categories = [{"id": place + 1, "name": name} for place, name in enumerate(masks.CLASSES)]
    return f'{{"categories": {json.dumps(categories)},\n"images": ['


def _write(file: IO[str], said: Mapping[str, Any], *, is_first: bool) -> None:
    file.write(("\n" if is_first else ",\n") + json.dumps(said, ensure_ascii=False))


def _write_faces(file: IO[str], known: Sequence[tuple[str, annotation.Box]], done: Exported) -> None:
    for name, (left, top, right, bottom) in known:
        done.faces[name] += 1
        width, height = round(right - left, 2), round(bottom - top, 2)
        said = {
            "id": done.faces.total(), "image_id": done.pictures, "category_id": masks.CLASSES.index(name) + 1,
            "bbox": [round(left, 2), round(top, 2), width, height], "area": round(width * height, 2), "iscrowd": 0,
        }  # fmt: skip
        _write(file, said, is_first=done.faces.total() == 1)
