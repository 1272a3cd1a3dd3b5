"""Which files are read, by their names, and which of them go together."""

from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from quintet.services.annotation.media.errors import BadMedia

IMAGE, VIDEO, ZIP, ARCHIVE, PDF = "image", "video", "zip", "archive", "pdf"
_SUFFIXES: Mapping[str, str] = {
    **dict.fromkeys(
        "jpg jpeg jpe jfif png bmp dib gif webp tif tiff ppm pgm pbm pnm jp2 j2k tga pcx sgi ico avif".split(), IMAGE
    ),
    **dict.fromkeys("mp4 m4v mov avi mkv webm mpg mpeg mpe ts mts m2ts wmv flv 3gp 3g2 ogv mxf vob qt".split(), VIDEO),
    "zip": ZIP,
    **dict.fromkeys("tar gz tgz bz2 tbz2 tbz xz txz 7z rar cpio".split(), ARCHIVE),
    "pdf": PDF,
}  # fmt: skip


def kind_of(name: str) -> str | None:
    """image, video, zip, archive, pdf; None for what is passed over.

    >>> kind_of("a/B.JPG"), kind_of("x.tar.gz"), kind_of("notes.txt")
    ('image', 'archive', None)
    """
    return _SUFFIXES.get(PurePosixPath(name).suffix.lower().removeprefix("."))


def chosen(names: Iterable[str], *, directories: int = 0) -> str:
    """What a task is made of; files of other kinds than these are passed over.

    directories   how many folders were named; what is inside them is not among `names`

    Raises BadMedia: nothing usable, or things that do not go together.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        if kind := kind_of(name):
            found.setdefault(kind, []).append(name)
    if not found and not directories:
        raise BadMedia("ValueError: No media data found")
    single = [kind for kind in found if kind != IMAGE]
    if single and (len(found) > 1 or directories or len(found[single[0]]) > 1):
        counts = [f"{len(some)} {kind}(s)" for kind, some in found.items()]
        counts += [f"{directories} directory(s)"] if directories else []
        raise BadMedia(
            "ValueError: Only one video, archive, pdf, zip or many image, directory can be used simultaneously, "
            f"but {', '.join(counts)} found."
        )
    if IMAGE in found and directories:
        raise BadMedia("ValueError: Combined data types are not supported")
    return single[0] if single else IMAGE
