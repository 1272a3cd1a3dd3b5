"""Small pictures, archives and videos for the tests of annotation."""

import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.stream import VideoStream
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from quintet.services.annotation.tests.makers import told


def picture(width: int = 32, height: int = 24, color: str = "red", kind: str = "JPEG") -> bytes:
    """A picture of one colour."""
    target = io.BytesIO()
    Image.new("RGB", (width, height), color).save(target, kind)
    return target.getvalue()


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of these."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def tarred(files: Mapping[str, bytes], packing: str = "gz") -> bytes:
    """A packed TAR of these."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=f"w:{packing}") as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return target.getvalue()


def film(path: Path, *, count: int = 40, width: int = 64, height: int = 48, codec: str = "libx264") -> bytes:
    """A video whose n-th frame is about n*5 bright."""
    with av.open(str(path), "w") as container:
        stream: VideoStream = container.add_stream(codec, rate=25, options={"crf": "4"})  # type: ignore[assignment]
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(count):
            grey = np.full((height, width, 3), number * 5 % 256, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def turned(content: bytes) -> bytes:
    """A video as phones write it that are held upright: with a quarter turn in the header of its track."""
    one = 1 << 16
    matrix = struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30)
    # Version and flags, five numbers, eight reserved bytes, then layer, group, volume and two more reserved bytes.
    at = content.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    return content[:at] + matrix + content[at + 36 :]


def upload(client: Client, task_id: int, files: Mapping[str, bytes], **said: Any) -> Any:
    """POST data with these files, in this order."""
    sent = {f"client_files[{n}]": SimpleUploadedFile(name, held) for n, (name, held) in enumerate(files.items())}
    return client.post(f"/api/v1/tasks/{task_id}/data", {"image_quality": 70, **sent, **said})


def status(client: Client, task_id: int) -> tuple[str, str]:
    """State and message."""
    said = told(client.get(f"/api/v1/tasks/{task_id}/status"))
    return said["state"], said["message"]


def fetched(client: Client, task_id: int, **asked: Any) -> bytes:
    """What GET data answers."""
    answer = client.get(f"/api/v1/tasks/{task_id}/data", asked)
    assert answer.status_code == 200, answer.content
    return answer.getvalue()


def members(archive: bytes) -> dict[str, bytes]:
    """What is in a ZIP, in its order."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def profile(content: bytes) -> tuple[object, ...]:
    """Profile, frames per second and number of a video's track."""
    with av.open(io.BytesIO(content), "r") as container:
        stream = container.streams.video[0]
        return stream.codec_context.profile, stream.average_rate, stream.id


def size_of(content: bytes) -> tuple[int, int]:
    """Width and height of a video."""
    with av.open(io.BytesIO(content), "r") as container:
        return container.streams.video[0].width, container.streams.video[0].height


def played(content: bytes) -> list[float]:
    """How bright each frame of a video is."""
    with av.open(io.BytesIO(content), "r") as container:
        return [float(frame.to_ndarray(format="gray").mean()) for frame in container.decode(video=0)]


def brightness(content: bytes) -> float:
    """How bright a picture is on average, 0 … 255."""
    with Image.open(io.BytesIO(content)) as opened:
        return float(np.asarray(opened.convert("L")).mean())
