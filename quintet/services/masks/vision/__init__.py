"""Pixels in, faces out: numpy, Pillow and onnxruntime only."""

from quintet.services.masks.vision.detector import Detector, Face, load_detector
from quintet.services.masks.vision.draw import draw_faces
from quintet.services.masks.vision.pictures import BadPicture, Picture, encode_picture, open_picture
from quintet.services.masks.vision.registry import DamagedModel, Model, UnknownModel, all_models, find_model

__all__ = [
    "BadPicture",
    "DamagedModel",
    "Detector",
    "Face",
    "Model",
    "Picture",
    "UnknownModel",
    "all_models",
    "draw_faces",
    "encode_picture",
    "find_model",
    "load_detector",
    "open_picture",
]
