"""Cameras for tests: one that speaks HTTP, one that speaks RTSP where GStreamer is installed, and clips."""

import base64
import hashlib
import io
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

_SYSTEM_PYTHON = "/usr/bin/python3"
_RTSP_SERVER = """
import sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtspServer, GLib
Gst.init(None)
needed = ("videotestsrc", "x264enc", "rtph264pay")
if not all(Gst.ElementFactory.find(name) for name in needed): sys.exit(3)
if sys.argv[1] == "probe": sys.exit(0)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1"); server.set_service(sys.argv[1])
if len(sys.argv) > 2:
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken(); token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(sys.argv[2], sys.argv[3]), token)
    server.set_auth(auth)
factory = GstRtspServer.RTSPMediaFactory()
factory.set_launch("( videotestsrc is-live=true pattern=ball ! video/x-raw,width=320,height=240,framerate=15/1 ! "
                   "x264enc tune=zerolatency speed-preset=ultrafast key-int-max=15 threads=1 ! rtph264pay name=pay0 )")
factory.set_shared(True)
if len(sys.argv) > 2:
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("viewer")
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)
server.get_mount_points().add_factory("/live", factory)
if not server.attach(None): sys.exit(4)
print("ready", flush=True)
GLib.MainLoop().run()
"""


@cache
def _has_rtsp_server() -> bool:
    try:
        return subprocess.run([_SYSTEM_PYTHON, "-c", _RTSP_SERVER, "probe"], capture_output=True).returncode == 0
    except OSError:
        return False


def needs_rtsp_server() -> pytest.MarkDecorator:
    """Marks a test that is skipped where GStreamer's RTSP server is not installed."""
    missing = (
        "no GStreamer RTSP server (Debian: apt-get install python3-gi gir1.2-gst-rtsp-server-1.0 "
        "gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-ugly)"
    )
    return pytest.mark.skipif(not _has_rtsp_server(), reason=missing)


def free_port() -> int:
    """A port that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def rtsp_camera(port: int, *credentials: str) -> Iterator[str]:
    """A camera at rtsp://127.0.0.1:port/live; killed at the end, as if the power had failed."""
    command = [_SYSTEM_PYTHON, "-c", _RTSP_SERVER, str(port), *credentials]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield f"rtsp://127.0.0.1:{port}/live"
        finally:
            server.kill()


def numbered_frame(number: int, width: int = 64, height: int = 48) -> bytes:
    """A JPEG that says its number (0..255) by its brightness."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), (number, number, number)).save(out, "JPEG", quality=95)
    return out.getvalue()


def number_of(pixels: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]") -> int:
    """What numbered_frame wrote, give or take two."""
    return round(float(pixels.mean()))


class HTTPCamera:
    """A camera that sends JPEGs one after another, as many real ones do (multipart/x-mixed-replace).

    connections   how many have ever read it
    sent          the number of the frame that was sent last
    frozen        while it is set nothing is sent
    is_mumbling   something is sent, but no frames
    password      "name:password" it wants, if any; `asks_for` Basic or Digest
    """

    def __init__(
        self,
        port: int = 0,
        *,
        fps: float = 20,
        frame: Callable[[int], bytes] | None = None,
        password: str = "",
        asks_for: str = "Basic",
        redirect: str = "",
    ) -> None:
        self.connections, self.sent, self.asked = 0, 0, list[str]()
        self.is_mumbling = False
        self.frozen, self.over = threading.Event(), threading.Event()
        self.make, self.fps = frame or (lambda number: numbered_frame(number % 200)), fps
        self.password, self.asks_for, self.redirect = password, asks_for, redirect
        self._server = _Server(("127.0.0.1", port), type("Handler", (_CameraHandler,), {"camera": self}))
        self.port = self._server.server_address[1]
        self.address = f"http://127.0.0.1:{self.port}/video"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "HTTPCamera":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        """The power fails."""
        if not self.over.is_set():
            self.over.set()
            self._server.shutdown()
            self._server.server_close()


class _CameraHandler(BaseHTTPRequestHandler):
    camera: HTTPCamera

    def do_GET(self) -> None:
        self.camera.asked.append(self.path)
        if self.camera.redirect:
            self.send_response(302)
            self.send_header("Location", self.camera.redirect)
            self.end_headers()
        elif self.camera.password and not self._knows_the_password():
            self.send_response(401)
            more = ', nonce="17", qop="auth"' if self.camera.asks_for == "Digest" else ""
            self.send_header("WWW-Authenticate", f'{self.camera.asks_for} realm="camera"{more}')
            self.end_headers()
        else:
            self.camera.connections += 1
            self._send_all()

    def _knows_the_password(self) -> bool:
        kind, _, said = self.headers.get("Authorization", "").partition(" ")
        if kind != self.camera.asks_for:
            return False
        if kind == "Basic":
            return base64.b64decode(said).decode() == self.camera.password
        name, _, word = self.camera.password.partition(":")
        told = urllib.request.parse_keqv_list(urllib.request.parse_http_list(said))
        first, second = _md5(f"{name}:camera:{word}"), _md5(f"GET:{self.path}")
        return told["response"] == _md5(f"{first}:17:{told['nc']}:{told['cnonce']}:auth:{second}")

    def _send_all(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        self.end_headers()
        while not self.camera.over.wait(1 / self.camera.fps):
            if self.camera.frozen.is_set():
                continue
            if self.camera.is_mumbling:
                self.wfile.write(b"\r\n")
                continue
            jpeg = self.camera.make(self.camera.sent + 1)
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            try:
                self.wfile.write(head.encode() + jpeg + b"\r\n")
            except OSError:
                return
            self.camera.sent += 1

    def log_message(self, *said: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    allow_reuse_address, daemon_threads, block_on_close = True, True, False


def _md5(said: str) -> str:
    return hashlib.md5(said.encode()).hexdigest()


@contextmanager
def http_file(content: bytes | Callable[[], bytes], kind: str) -> Iterator[str]:
    """A file at an address, or a new one each time somebody asks."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            said = content() if callable(content) else content
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *said: object) -> None:
            pass

    with _Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/clip"
        finally:
            server.shutdown()


def make_clip(path: Path, *, frames: int = 30, fps: int = 15, container: str = "mp4") -> Path:
    """A video whose frames grow brighter."""
    options = {"movflags": "faststart"} if container == "mp4" else {}
    with av.open(str(path), "w", format=container, options=options) as output:
        stream = output.add_stream("libx264", rate=fps, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            pixels = np.full((48, 64, 3), min(255, number * 5), np.uint8)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        output.mux(stream.encode(None))
    return path


def wait_until(is_so: Callable[[], object], *, seconds: float = 40.0) -> float:
    """How long it took; fails when it did not come."""
    began = time.monotonic()
    while not is_so():
        assert time.monotonic() - began < seconds, "it did not come"
        time.sleep(0.01)
    return time.monotonic() - began
