"""quintet detect FILE…: what picture_calculate does, without a server."""

import argparse
import json
import os
import sys
from pathlib import Path

from quintet.cli.failures import CommandFailed
from quintet.services.masks.vision.detector import Detector, Face, load_detector
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.pictures import BadPicture, Picture, encode_picture, open_picture
from quintet.services.masks.vision.registry import DamagedModel, UnknownModel


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Describe the command."""
    parser = commands.add_parser("detect", help="find faces and masks in pictures, without a server")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR", help="write each picture with its boxes here")
    parser.add_argument("--json", action="store_true", help="one line of JSON a file")
    parser.add_argument("--threshold", type=_share, help="the least score, 0 to 1 (default: the model's own)")
    parser.add_argument("--model", default="accurate", metavar="NAME", help="a model's name, or its folder")
    parser.set_defaults(run=run)


def run(said: argparse.Namespace) -> int:
    """Look at each file; one that is no picture is named on stderr, and the exit status is 1."""
    try:
        # Added models are found where a server of this folder finds them, but none is needed.
        detector = load_detector(said.model, extra=Path(os.environ.get("QUINTET_DATA") or "data").absolute() / "models")
    except (DamagedModel, UnknownModel) as bad:
        raise CommandFailed(str(bad)) from bad
    if said.out:
        said.out.mkdir(parents=True, exist_ok=True)
    failed = [file for file in said.files if not _look_at(file, detector, said)]
    return 1 if failed else 0


def _look_at(file: Path, detector: Detector, said: argparse.Namespace) -> bool:
    try:
        picture = open_picture(file.read_bytes())
    except (BadPicture, OSError) as bad:
        print(f"quintet: {file}: {bad}", file=sys.stderr)
        return False
    faces = detector.detect(picture.pixels, said.threshold)
    print(_as_json(file, picture, faces) if said.json else _as_text(file, faces), flush=True)
    if said.out:
        ending = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp"}[picture.format]
        content = encode_picture(draw_faces(picture.pixels, faces), picture.format)
        (said.out / f"{file.stem}{ending}").write_bytes(content)
    return True


def _as_json(file: Path, picture: Picture, faces: list[Face]) -> str:
    height, width = picture.pixels.shape[:2]
    seen = [
        {
            "box": [round(float(side), 1) for side in face.box],
            "class": face.wearing,
            "score": round(float(face.score), 4),
        }
        for face in faces
    ]
    return json.dumps({"file": str(file), "width": width, "height": height, "faces": seen}, ensure_ascii=False)


def _as_text(file: Path, faces: list[Face]) -> str:
    lines = [f"{file}: {len(faces)} faces"]
    lines += [f"  {face.wearing:20} {face.score:.2f}  {' '.join(f'{side:.0f}' for side in face.box)}" for face in faces]
    return "\n".join(lines)


def _share(said: str) -> float:
    value = float(said)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("must lie between 0 and 1")
    return value
