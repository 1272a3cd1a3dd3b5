"""Labelled pictures, their split, and the patches the network learns from."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import IterableDataset, get_worker_info

from quintet.services.masks.vision.letterbox import GREY, Pixels

Floats = NDArray[np.float32]

# OpenCV's own threads do not survive the fork that makes the loading process: it would wait for them forever.
cv2.setNumThreads(0)

SPLIT = Path(__file__).with_name("split.json")
SPLIT_SEED = 20
PARTS = {
    "train": ("train",),
    "choose": ("choose",),
    "report": ("report",),
    "both": ("choose", "report"),
    "all": ("train", "choose", "report"),
}
WITH, WITHOUT, INCORRECT = range(3)
MOST_FACES = 96
# How many of the faces wholly in view are replaced by another's, and how many bare ones get something before them.
SWAPPED = 0.3
COVERED = 0.2
# Pictures are seen at about this long side, give or take: between the sizes that serving uses.
USUAL_SIDE = 512


@dataclass(frozen=True)
class Labelled:
    """A picture and its faces: float32 (faces, 5), class 0..2, x1, y1, x2, y2 in pixels."""

    name: str
    pixels: Pixels
    faces: Floats


def read_faces(folder: Path) -> dict[str, Floats]:
    """The faces of every picture of a COCO folder, by file name."""
    book = json.loads((folder / "annotations.json").read_text())
    rows: dict[int, list[list[float]]] = {image["id"]: [] for image in book["images"]}
    for face in book["annotations"]:
        x, y, width, height = face["bbox"]
        rows[face["image_id"]].append([face["category_id"] - 1, x, y, x + width, y + height])
    return {i["file_name"]: np.array(rows[i["id"]], np.float32).reshape(-1, 5) for i in book["images"]}


def read_pixels(path: Path) -> Pixels:
    """RGB, as stored. Raises FileNotFoundError when it is not there."""
    pixels = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if pixels is None:
        raise FileNotFoundError(path)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB).astype(np.uint8)


def read_labelled(folder: Path, part: str) -> list[Labelled]:
    """The pictures of one of `PARTS`: by the folder's own split.json where it has one, as exported sets do."""
    faces, own = read_faces(folder), folder / "split.json"
    cut = json.loads((own if own.exists() else SPLIT).read_text())
    names = [name for one in PARTS[part] for name in cut[one]]
    return [Labelled(name, read_pixels(folder / "images" / name), faces[name]) for name in names]


def split(folder: Path, held: int = 60) -> dict[str, list[str]]:
    """Cut pictures into train, choose and report, alike in which rare classes their pictures show."""
    strata: dict[tuple[bool, bool], list[str]] = {}
    for name, faces in sorted(read_faces(folder).items()):
        rare = (bool((faces[:, 0] == INCORRECT).any()), bool((faces[:, 0] == WITHOUT).any()))
        strata.setdefault(rare, []).append(name)
    order = random.Random(SPLIT_SEED)
    queue: list[tuple[float, str]] = []
    for names in strata.values():
        order.shuffle(names)
        queue += [((place + 0.5) / len(names), name) for place, name in enumerate(names)]
    names = [name for _, name in sorted(queue)]
    return {
        "choose": sorted(names[:held]),
        "report": sorted(names[held : 2 * held]),
        "train": sorted(names[2 * held :]),
    }


def read_crops(folder: Path) -> tuple[list[Pixels], list[Pixels]]:
    """Faces cut out by others, with and without a mask, trimmed to how train/ draws its boxes.

    Crops that show more than one face or much background are left out by their shape.
    """
    wearing, bare = [], []
    for path in sorted((folder / "with_mask").glob("*.jpg")):
        pixels = read_pixels(path)
        height, width = pixels.shape[:2]
        if 1.1 <= height / width <= 1.6 and height < 192:
            wearing.append(pixels)
    for path in sorted((folder / "without_mask").glob("*.jpg")):
        pixels = read_pixels(path)
        height, width = pixels.shape[:2]
        if 0.85 <= width / height <= 1.45:
            trim = max(0, round((width - 0.9 * height) / 2))
            bare.append(np.ascontiguousarray(pixels[:, trim : width - trim]))
    return wearing, bare


class Patches(IterableDataset[tuple[torch.Tensor, torch.Tensor]]):
    """Endless batches of square patches: uint8 (batch, 3, side, side) and faces (batch, most, 6).

    A face is class, x1, y1, x2, y2, visible fraction; rows of -1 fill up.
    """

    def __init__(
        self,
        pictures: Sequence[Labelled],
        crops: tuple[Sequence[Pixels], Sequence[Pixels]],
        *,
        side: int,
        batch: int,
        seed: int,
    ) -> None:
        self.pictures, self.crops = pictures, crops
        self.side, self.batch, self.seed = side, batch, seed
        shows = [(bool((p.faces[:, 0] == INCORRECT).any()), bool((p.faces[:, 0] == WITHOUT).any())) for p in pictures]
        wish = np.array([1 + 2.0 * incorrect + 0.9 * without for incorrect, without in shows])
        self.chances = wish / wish.sum()

    def __iter__(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        worker = get_worker_info()
        dice = np.random.default_rng([self.seed, worker.id if worker else 0])
        while True:
            pairs = [self.patch(dice) for _ in range(self.batch)]
            pixels = np.stack([pixels.transpose(2, 0, 1) for pixels, _ in pairs])
            faces = np.full((self.batch, MOST_FACES, 6), -1, np.float32)
            for row, (_, found) in zip(faces, pairs, strict=True):
                row[: len(found)] = found[:MOST_FACES]
            yield torch.from_numpy(pixels), torch.from_numpy(faces)

    def patch(self, dice: np.random.Generator) -> tuple[Pixels, Floats]:
        """One patch: a tile, or four tiles meeting somewhere near the middle; then camera trouble."""
        side = self.side
        if dice.random() < 0.5:
            pixels, faces = self.tile(side, side, dice)
        else:
            x, y = (int(v) for v in dice.uniform(0.3, 0.7, 2) * side)
            pixels, parts = np.empty((side, side, 3), np.uint8), []
            for left, top, right, bottom in ((0, 0, x, y), (x, 0, side, y), (0, y, x, side), (x, y, side, side)):
                tile, found = self.tile(right - left, bottom - top, dice)
                pixels[top:bottom, left:right] = tile
                found[:, 1:5] += np.array([left, top, left, top], np.float32)
                parts.append(found)
            faces = np.concatenate(parts)
        return trouble(pixels, dice), faces

    def tile(self, width: int, height: int, dice: np.random.Generator) -> tuple[Pixels, Floats]:
        """A scaled, turned, perhaps mirrored piece of one picture, mostly around one of its faces."""
        picture = self.pictures[dice.choice(len(self.pictures), p=self.chances)]
        known = picture.faces
        scale, left, top = aim(picture, width, height, dice)
        # Some much narrower: faces in profile are few.
        bend = np.exp(dice.uniform(-0.3, 0.12) if dice.random() < 0.25 else dice.uniform(-0.12, 0.12))
        across, down = scale * bend, scale / bend
        move = np.array([[across, 0, -left], [0, down, -top], [0, 0, 1]])
        if dice.random() < 0.5:
            move = np.array([[-1, 0, width - 1], [0, 1, 0], [0, 0, 1]]) @ move
        if dice.random() < 0.25:
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(dice.uniform(-10, 10)), 1.0)
            move = np.vstack([turn, [0, 0, 1]]) @ move
        pixels = warp(picture.pixels, move[:2], width, height, scale)
        if not len(known):
            return pixels, np.zeros((0, 6), np.float32)
        centre = np.stack([(known[:, 1] + known[:, 3]) / 2, (known[:, 2] + known[:, 4]) / 2], 1)
        centre = centre @ move[:2, :2].T + move[:2, 2]
        half = (known[:, 3:5] - known[:, 1:3]) * np.array([across, down]) / 2
        whole = np.concatenate([centre - half, centre + half], 1)
        seen = np.clip(whole, 0, np.array([width, height, width, height]))
        areas = np.prod(seen[:, 2:] - seen[:, :2], 1) / np.maximum(np.prod(2 * half, 1), 1e-6)
        faces = np.concatenate([known[:, :1], seen, areas[:, None]], 1)[areas > 0.02].astype(np.float32)
        for face in faces:
            if face[5] > 0.95 and face[0] != INCORRECT and dice.random() < SWAPPED:
                self.swap(pixels, face, dice)
            if face[0] == WITHOUT and dice.random() < COVERED:
                cover(pixels, face, dice)
        return pixels, faces

    def swap(self, pixels: Pixels, face: Floats, dice: np.random.Generator) -> None:
        """Put another face where one is, so that its surroundings say nothing about its class."""
        left, top, right, bottom = (int(v) for v in face[1:5].round())
        width, height = right - left, bottom - top
        if min(width, height) < 8:
            return
        wearing, bare = self.crops
        choice = dice.random()
        if choice < 0.3:
            crop, face[0] = wearing[dice.integers(len(wearing))], WITH
        else:
            crop, face[0] = bare[dice.integers(len(bare))], WITHOUT
        if choice > 0.9:
            crop, face[0] = slipped(crop, wearing[dice.integers(len(wearing))], dice), INCORRECT
        if dice.random() < 0.5:
            crop = crop[:, ::-1]
        small = cv2.resize(crop, (width, height), interpolation=cv2.INTER_AREA)
        if dice.random() < 0.6:
            small = cv2.GaussianBlur(small, (0, 0), float(dice.uniform(0.3, 0.3 + 0.02 * width)))
        place = pixels[top:bottom, left:right]
        if place.shape != small.shape:
            return
        light = np.clip(place.mean() / max(small.mean(), 1), 0.5, 1.6) ** dice.uniform(0, 1)
        oval = np.zeros((height, width), np.float32)
        cv2.ellipse(oval, (width // 2, height // 2), (round(width * 0.47), round(height * 0.49)), 0, 0, 360, 1.0, -1)
        oval = cv2.GaussianBlur(oval, (0, 0), 0.5 + 0.04 * width)[..., None]
        place[:] = np.clip(place * (1 - oval) + small * light * oval, 0, 255).astype(np.uint8)


def aim(picture: Labelled, width: int, height: int, dice: np.random.Generator) -> tuple[float, float, float]:
    """A scale, and the corner of a tile on the scaled picture: mostly around a face, rarer classes more often."""
    known = picture.faces
    tall, wide = picture.pixels.shape[:2]
    scale = USUAL_SIDE / max(tall, wide) * float(np.exp(dice.uniform(-0.75, 0.65)))
    if not len(known) or dice.random() > 0.85:
        left = dice.uniform(-0.2 * width, max(0.01, wide * scale - 0.8 * width))
        top = dice.uniform(-0.2 * height, max(0.01, tall * scale - 0.8 * height))
        return scale, left, top
    least = min(width, height)
    weights = np.array([1.0, 1.6, 2.5])[known[:, 0].astype(int)]
    face = known[dice.choice(len(known), p=weights / weights.sum())]
    size = float(np.sqrt(max((face[3] - face[1]) * (face[4] - face[2]), 1)))
    if dice.random() > 0.6:
        scale = float(np.exp(dice.uniform(np.log(9), np.log(0.85 * least)))) / size
    scale = float(np.clip(scale, 9 / size, max(9 / size, 3.0)))
    if dice.random() < 0.9:
        scale = min(scale, 0.95 * least / size)
    left = float(face[1] + face[3]) / 2 * scale - dice.uniform(0.15, 0.85) * width
    top = float(face[2] + face[4]) / 2 * scale - dice.uniform(0.15, 0.85) * height
    return scale, left, top


def slipped(bare: Pixels, wearing: Pixels, dice: np.random.Generator) -> Pixels:
    """A bare face with somebody's mask hung below the nose: "worn incorrectly" is too rare to learn from alone."""
    height, width = bare.shape[:2]
    tall, wide = wearing.shape[:2]
    cloth = wearing[int(0.55 * tall) : int(0.92 * tall), int(0.2 * wide) : int(0.8 * wide)]
    top, bottom = int(dice.uniform(0.66, 0.8) * height), height
    left, right = int(dice.uniform(0.08, 0.22) * width), int(dice.uniform(0.78, 0.92) * width)
    cloth = cv2.resize(cloth, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    shape = np.zeros((bottom - top, right - left), np.float32)
    rows, columns = shape.shape
    corners = np.array(
        [[0, 0.12 * rows], [columns / 2, 0], [columns, 0.12 * rows], [0.8 * columns, rows], [0.2 * columns, rows]]
    )
    cv2.fillPoly(shape, [corners.round().astype(np.int32)], 1.0)
    shape = cv2.GaussianBlur(shape, (0, 0), 1.0)[..., None]
    face = bare.copy()
    place = face[top:bottom, left:right]
    place[:] = (place * (1 - shape) + cloth * shape).astype(np.uint8)
    return face


def cover(pixels: Pixels, face: Floats, dice: np.random.Generator) -> None:
    """Put something before a bare face: a hand of its own colour, another's hair or clothes, a bar.

    Not all that hides a mouth is a mask: without this, bare faces behind other people were taken for masked ones.
    """
    left, top, right, bottom = (int(v) for v in face[1:5].round())
    place = pixels[top:bottom, left:right]
    height, width = place.shape[:2]
    if min(height, width) < 10:
        return
    choice = dice.random()
    if choice < 0.3:
        brow = place[height // 6 : max(height // 3, height // 6 + 1), width // 3 : max(2 * width // 3, width // 3 + 1)]
        before = brow.reshape(-1, 3).mean(0) * dice.uniform(0.75, 1.1) + dice.normal(0, 6, (height, width, 1))
    elif choice < 0.85 and height < pixels.shape[0] and width < pixels.shape[1]:
        row, column = dice.integers(pixels.shape[0] - height), dice.integers(pixels.shape[1] - width)
        before = pixels[row : row + height, column : column + width] * dice.uniform(0.4, 1.1)
    else:
        before = dice.uniform(0, 255, 3) + dice.normal(0, 6, (height, width, 1))
    shape = np.zeros((height, width), np.float32)
    middle = (int(dice.uniform(0, width)), int(dice.uniform(0.55, 1.1) * height))
    axes = (max(1, int(dice.uniform(0.1, 0.6) * width)), max(1, int(dice.uniform(0.15, 0.5) * height)))
    cv2.ellipse(shape, middle, axes, float(dice.uniform(-40, 40)), 0, 360, 1.0, -1)
    shape = cv2.GaussianBlur(shape, (0, 0), 0.5 + 0.02 * width)[..., None]
    place[:] = np.clip(place * (1 - shape) + before * shape, 0, 255).astype(np.uint8)


def turned_hue(degrees: float) -> NDArray[np.float64]:
    """Turn colours around the grey axis."""
    angle = np.deg2rad(degrees)
    cosine, sine = np.cos(angle), np.sin(angle) / np.sqrt(3)
    cross = np.array([[0, -1, 1], [1, 0, -1], [-1, 1, 0]])
    return cosine * np.eye(3) + (1 - cosine) / 3 + sine * cross


def warp(pixels: Pixels, move: NDArray[Any], width: int, height: int, scale: float) -> Pixels:
    """Apply an affine move; shrink by averaging first, because warping alone would leave aliases."""
    if scale < 0.6:
        tall, wide = pixels.shape[:2]
        part = max(scale / 0.8, 0.05)
        pixels = cv2.resize(pixels, None, fx=part, fy=part, interpolation=cv2.INTER_AREA).astype(np.uint8)
        move = move * np.array([wide / pixels.shape[1], tall / pixels.shape[0], 1])
    grey = (GREY, GREY, GREY)
    return cv2.warpAffine(pixels, move.astype(np.float32), (width, height), borderValue=grey).astype(np.uint8)


def trouble(pixels: Pixels, dice: np.random.Generator) -> Pixels:
    """Light, colour, focus and compression as cameras and web pages get them wrong."""
    # One affine map of colours, saturating at both ends: OpenCV does it in one pass over bytes.
    pixels = cv2.transform(pixels, wrong_colours(float(pixels.mean()), dice)).astype(np.uint8)
    if dice.random() < 0.12:
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(dice.uniform(0.4, 1.3))).astype(np.uint8)
    if dice.random() < 0.1:
        part = dice.uniform(0.4, 0.8)
        small = cv2.resize(pixels, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(small, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR).astype(np.uint8)
    if dice.random() < 0.1:
        rough = dice.normal(0, dice.uniform(2, 14), pixels.shape).astype(np.float32)
        pixels = np.clip(pixels + rough, 0, 255).astype(np.uint8)
    if dice.random() < 0.15:
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(30, 85))])[1]
        pixels = cv2.imdecode(packed, cv2.IMREAD_COLOR).astype(np.uint8)
    return pixels


def wrong_colours(mean: float, dice: np.random.Generator) -> NDArray[np.float64]:
    """An affine map of colours (3, 4) for a patch of this mean."""
    gain, shift = np.ones(3), 0.0
    if dice.random() < 0.8:
        gain, shift = gain * dice.uniform(0.6, 1.4), dice.uniform(-25, 25)
    if dice.random() < 0.5:
        gain = gain * dice.uniform(0.85, 1.15, 3)
    if dice.random() < 0.3:
        contrast = dice.uniform(0.6, 1.4)
        gain, shift = gain * contrast, shift * contrast + mean * (1 - contrast)
    mixing = np.diag(gain)
    if dice.random() < 0.5:
        colour = dice.uniform(0, 1.6)
        mixing = mixing @ (colour * np.eye(3) + (1 - colour) / 3)
    if dice.random() < 0.3:
        mixing = mixing @ turned_hue(float(dice.uniform(-40, 40)))
    return np.hstack([mixing, np.full((3, 1), shift)])
