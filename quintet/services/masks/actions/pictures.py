"""Pictures are looked at."""

from dataclasses import dataclass

from quintet.accounts.models import User
from quintet.services.masks import conf
from quintet.services.masks.actions.quotas import spend
from quintet.services.masks.errors import BadUpload, QuotaExhausted
from quintet.services.masks.models import Kind
from quintet.services.masks.queries import (
    has_any_left,
)
from quintet.services.masks.vision.detector import Face, load_detector
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.pictures import BadPicture, encode_picture, open_picture


@dataclass(frozen=True)
class CalculatedPicture:
    """A picture that was looked at: upright size in pixels, faces, the same picture with boxes drawn."""

    width: int
    height: int
    faces: tuple[Face, ...]
    content: bytes
    format: str


def calculate_picture(owner: User, uploaded: bytes) -> CalculatedPicture:
    """Find the faces of a picture and draw them. Costs one picture, if it succeeds.

    It is spent when the work is done, by one conditional update: a refusal, a failure or a killed process has cost
    nothing, and no refund can be forgotten. Raises QuotaExhausted, BadUpload.
    """
    if not has_any_left(owner, Kind.PICTURES):
        raise QuotaExhausted("no pictures left")
    try:
        picture = open_picture(uploaded)
    except BadPicture as bad:
        raise BadUpload(str(bad)) from bad
    faces = load_detector(conf.MODEL.value, threads=conf.MODEL_THREADS.value).detect(picture.pixels)
    content = encode_picture(draw_faces(picture.pixels, faces), picture.format)
    spend(owner, Kind.PICTURES, reason="picture")
    height, width = picture.pixels.shape[:2]
    return CalculatedPicture(width, height, tuple(faces), content, picture.format)
