"""What tus 1.0 says in its headers: how a file comes in pieces (https://tus.io/protocols/resumable-upload)."""

import base64
import binascii
import re

VERSION = "1.0.0"
EXTENSIONS = ("creation", "creation-defer-length", "creation-with-upload", "checksum", "expiration", "termination")
CHECKSUMS = ("sha1", "sha256")
PIECE_KIND = "application/offset+octet-stream"
_NUMBER, _KEY = re.compile(r"[0-9]{1,18}"), re.compile(r"[\x21-\x2b\x2d-\x7e]+")


def count_of(said: str) -> int:
    """A number of bytes. Raises ValueError."""
    if not _NUMBER.fullmatch(said):
        raise ValueError(f"{said[:40]!r} is no number of bytes")
    return int(said)


def metadata_of(said: str) -> dict[str, str]:
    """What `Upload-Metadata` holds: keys, and values in Base64. Raises ValueError.

    >>> metadata_of("filename YS9iLmpwZw==,is_last")
    {'filename': 'a/b.jpg', 'is_last': ''}
    """
    found: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in said.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise ValueError("each key must be there once, and hold neither blanks nor commas")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as broken:
            raise ValueError(f"the value of {key[:40]!r} is no text in Base64") from broken
    return found


def checksum_of(said: str) -> tuple[str, bytes]:
    """Name of the algorithm and the sum, as `Upload-Checksum` says them. Raises ValueError.

    >>> checksum_of("sha1 2jmj7l5rSw0yVb/vlWAYkK/YBwk=")[0]
    'sha1'
    """
    name, _, value = said.partition(" ")
    if name not in CHECKSUMS:
        raise ValueError(f"checksums are {' or '.join(CHECKSUMS)}")
    try:
        return name, base64.b64decode(value.strip(), validate=True)
    except binascii.Error as broken:
        raise ValueError("the checksum is not in Base64") from broken
