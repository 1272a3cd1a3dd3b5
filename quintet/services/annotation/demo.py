"""What the demonstration puts in it."""

from pathlib import Path

from PIL import Image, ImageDraw

from quintet.accounts.models import User
from quintet.services.annotation import actions, queries
from quintet.services.annotation.actions import files
from quintet.services.annotation.models import Task

_NAME = "路口 Crossing"
_LABELS = [
    {
        "name": "car",
        "attributes": [
            {"name": "color", "mutable": False, "input_type": "select", "default_value": "red", "values": "red\nblue"},
            {"name": "parked", "mutable": True, "input_type": "checkbox", "default_value": "false", "values": "false"},
        ],
    },
    {"name": "person", "attributes": []},
]
_PICTURES = 6


def make_samples(administrator: User) -> None:
    """One task of a few drawn pictures, ready to be annotated by everybody. Idempotent."""
    person = queries.person(administrator)
    if person is None or Task.objects.filter(name=_NAME).exists():
        return
    task_id = actions.create_task(person, {"name": _NAME, "labels": _LABELS, "segment_size": 3})
    with files.own_folder() as folder:
        drawn = [(f"crossing-{number}.jpg", _draw(number, folder)) for number in range(_PICTURES)]
        actions.add_data(person, task_id, actions.Sent(image_quality=70, files=drawn))


def _draw(number: int, folder: Path) -> Path:
    picture = Image.new("RGB", (640, 360), "#8fa37e")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 150, 640, 270), fill="#55585c")
    for dash in range(0, 640, 80):
        pen.rectangle((dash, 207, dash + 40, 213), fill="#e8e4d8")
    left = 40 + 90 * number
    pen.rounded_rectangle((left, 165, left + 110, 205), 12, fill="#b3352c")
    pen.rounded_rectangle((520 - 80 * number, 218, 640 - 80 * number, 260), 12, fill="#2f5f9e")
    pen.ellipse((300, 90 - 6 * number, 318, 108 - 6 * number), fill="#e0b18a")
    pen.rectangle((302, 108 - 6 * number, 316, 140 - 6 * number), fill="#3d4a3a")
    path = folder / f"{number}.jpg"
    picture.save(path, "JPEG", quality=90)
    return path
