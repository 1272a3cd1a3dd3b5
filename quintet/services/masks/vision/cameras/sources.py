"""Opens a source: RTSP over TCP, HTTP, or a file; from there on all are alike."""

import http.client
import io
import ssl
import time
import urllib.error
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import av
import av.error
from av.container import InputContainer

from quintet.core.outbound import AddressRefused, CannotResolve, open_url
from quintet.services.masks.vision.cameras.address import BadSource, Source, addresses_of

# A source is taken for lost when it says nothing for this long. Together with the longest wait between two attempts
# it bounds how long a camera stays lost that has come back: less than five seconds.
CONNECT_SECONDS, SILENCE_SECONDS = 3.0, 4.0
_TIMEOUT = (CONNECT_SECONDS, SILENCE_SECONDS)
# And when it says something, but nothing that is a picture: key frames may be ten seconds apart.
FRAMELESS_SECONDS = 15.0
# How often a camera that gives single pictures is asked for one, and how large that may be.
_PICTURE_EACH_SECONDS, _LARGEST_PICTURE = 0.2, 32 * 1024 * 1024
# What may come over HTTP. Playlists are not among it: they name further addresses, which nobody has checked.
_HTTP_FORMATS = "mpjpeg,mjpeg,mpegts,mov,matroska,flv,avi,h264,hevc,ogg"
_QUICK = {"flags": "low_delay", "analyzeduration": "1000000", "probesize": "400000"}


class SourceLost(Exception):
    """The source cannot be read, or not any more. Its text is fit for people and holds no part of the address.

    is_refusal   trying again at once is of no use
    """

    def __init__(self, why: str, *, is_refusal: bool = False) -> None:
        super().__init__(why)
        self.is_refusal = is_refusal


class Patience:
    """Runs out when no picture has come for FRAMELESS_SECONDS."""

    def __init__(self) -> None:
        self._ends_at = time.monotonic() + FRAMELESS_SECONDS

    def renew(self) -> None:
        """A picture has come."""
        self._ends_at = time.monotonic() + FRAMELESS_SECONDS

    def check(self) -> None:
        """Raises SourceLost."""
        if time.monotonic() > self._ends_at:
            raise SourceLost("The source sends no pictures.")


@dataclass(frozen=True)
class Opened:
    """A source that can be read.

    patience       to be renewed with each picture
    is_recording   it comes as fast as it is taken, so that its own time has to be waited for
    has_clock      its frames carry the moment they were taken, so that lagging behind can be seen
    """

    container: InputContainer
    patience: Patience
    is_recording: bool
    has_clock: bool


@contextmanager
def opened(source: Source, *, verify: bool = True) -> Iterator[Opened]:
    """Open a source while the block lasts. Raises SourceLost, also for what goes wrong inside the block."""
    try:
        if source.scheme in ("http", "https"):
            with _over_http(source, verify=verify) as found:
                yield found
        else:
            with _by_ffmpeg(source) as found:
                yield found
    except (BadSource, AddressRefused) as refused:
        raise SourceLost(str(refused), is_refusal=True) from None
    # Neither the text of these errors nor their chain may go on: FFmpeg puts the address, password and all, into both.
    except (OSError, ValueError, av.error.FFmpegError, http.client.HTTPException) as broken:
        raise _lost(broken) from None


@contextmanager
def _by_ffmpeg(source: Source) -> Iterator[Opened]:
    if source.scheme == "file":
        with av.open(urlsplit(source.address).path, timeout=_TIMEOUT) as container:
            yield Opened(container, Patience(), is_recording=True, has_clock=True)
        return
    with _first_that_answers(source, addresses_of(source)) as container:
        yield Opened(container, Patience(), is_recording=False, has_clock=True)


def _first_that_answers(source: Source, addresses: Sequence[str]) -> InputContainer:
    """Raises as FFmpeg does, when the last one does not answer either."""
    options = {**_QUICK, "rtsp_transport": "tcp", "allowed_media_types": "video"}
    for address in addresses[:-1]:
        with suppress(ConnectionError, TimeoutError, av.error.ExitError):
            return av.open(_pinned(source, address), mode="r", options=options, timeout=_TIMEOUT)
    return av.open(_pinned(source, addresses[-1]), mode="r", options=options, timeout=_TIMEOUT)


def _pinned(source: Source, address: str) -> str:
    """The address that was checked is the one that is called: the name is not resolved again."""
    parts = urlsplit(source.address)
    user = ":".join(quote(said, safe="") for said in source.credentials) + "@" if source.credentials else ""
    place = f"[{address}]" if ":" in address else address
    return parts._replace(netloc=f"{user}{place}:{source.port}").geturl()


@contextmanager
def _over_http(source: Source, *, verify: bool) -> Iterator[Opened]:
    def ask() -> http.client.HTTPResponse:
        return open_url(
            source.address,
            private=True,
            timeout_seconds=CONNECT_SECONDS,
            credentials=source.credentials,
            headers={"User-Agent": "Quintet", "Accept": "*/*", "Connection": "close"},
            verify=verify,
        )

    options, patience = {**_QUICK, "format_whitelist": _HTTP_FORMATS}, Patience()
    with ask() as answer:
        is_one_picture = answer.headers.get_content_type() == "image/jpeg"
        body = _Pictures(ask, patience) if is_one_picture else _Body(answer, patience)
        with av.open(body, mode="r", options=options) as container:
            is_recording = container.duration is not None and not _is_live(container)
            yield Opened(container, patience, is_recording=is_recording, has_clock=container.format.name == "mpegts")


def _is_live(container: InputContainer) -> bool:
    return container.format.name in ("mpjpeg", "mjpeg", "mpegts", "h264", "hevc")


class _Body(io.RawIOBase):
    """What comes over HTTP, as soon as it comes. Its name is all that FFmpeg learns of the address."""

    name = "source"

    def __init__(self, answer: http.client.HTTPResponse, patience: Patience) -> None:
        self._answer, self._patience = answer, patience

    def read(self, size: int = -1) -> bytes:
        self._patience.check()
        return self._answer.read1(size if size > 0 else 65536)

    def readable(self) -> bool:
        return True


class _Pictures(io.RawIOBase):
    """A camera that gives one picture at a time is asked again and again; what it gives looks like one that goes on."""

    name = "source"

    def __init__(self, ask: Callable[[], http.client.HTTPResponse], patience: Patience) -> None:
        self._ask, self._patience = ask, patience
        self._left = memoryview(b"")
        self._due = time.monotonic()

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            self._patience.check()
            time.sleep(max(0.0, self._due - time.monotonic()))
            self._due = time.monotonic() + _PICTURE_EACH_SECONDS
            with self._ask() as answer:
                picture = answer.read(_LARGEST_PICTURE)
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
            self._left = memoryview(head.encode() + picture + b"\r\n")
        said, self._left = bytes(self._left[:size]), self._left[size:]
        return said

    def readable(self) -> bool:
        return True


_WORDS: tuple[tuple[type[BaseException], str], ...] = (
    (urllib.error.HTTPError, "The source refuses to be read."),
    (av.error.HTTPUnauthorizedError, "The source does not accept the name and password."),
    (av.error.HTTPForbiddenError, "The source does not accept the name and password."),
    (av.error.HTTPNotFoundError, "The source has nothing at that path."),
    (ssl.SSLCertVerificationError, "The source's certificate is not trusted."),
    (CannotResolve, "The source's name has no address."),
    (ConnectionRefusedError, "Nobody answers at the source's port."),
    (TimeoutError, "The source does not answer."),
    (av.error.ExitError, "The source does not answer."),
    (av.error.EOFError, "The source has ended."),
    (av.error.InvalidDataError, "The source sends nothing that is a video."),
    (ConnectionError, "The source has broken the connection off."),
)
# Who insists on a wrong password is locked out by many cameras. What is not there (404) may be there in a moment.
_REFUSALS = (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)


def _lost(broken: BaseException) -> SourceLost:
    if isinstance(broken, urllib.error.HTTPError):
        with suppress(OSError):
            broken.close()
        said = {401: "The source does not accept the name and password.", 404: "The source has nothing at that path."}
        if 300 <= broken.code < 400:
            return SourceLost("The source redirects elsewhere, which is not followed.", is_refusal=True)
        return SourceLost(said.get(broken.code, "The source refuses to be read."), is_refusal=broken.code in (401, 403))
    if isinstance(broken, urllib.error.URLError) and isinstance(broken.reason, BaseException):
        return _lost(broken.reason)
    why = next((words for kind, words in _WORDS if isinstance(broken, kind)), "The source cannot be read.")
    return SourceLost(why, is_refusal=isinstance(broken, _REFUSALS))
