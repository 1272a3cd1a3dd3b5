"""XML as it is read here, in pieces and without entities; and what texts of any kind are in it, and on lines."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from xml.parsers import expat

from quintet.services.annotation.errors import BadFile

# What XML cannot hold, and what it holds only in disguise.
_DISGUISED = {place: None for place in range(32) if place not in (9, 10, 13)} | {
    ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;", 9: "&#9;", 10: "&#10;", 13: "&#13;",
    0xFFFE: None, 0xFFFF: None,
}  # fmt: skip
_IN_TEXT = {**_DISGUISED, 9: "\t", 10: "\n", ord('"'): '"'}


@lru_cache(4096)
def in_attribute(said: str) -> str:
    """As it stands in an attribute, between double quotation marks."""
    return said.translate(_DISGUISED)


@lru_cache(4096)
def in_text(said: str) -> str:
    """As it stands between elements."""
    return said.translate(_IN_TEXT)


def one_line(said: str) -> str:
    """For files that have one thing on each line: with blanks where it has ends of lines.

    >>> one_line("a\\nb")
    'a b'
    """
    return " ".join(said.splitlines())


def parse(
    pieces: Iterable[bytes],
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    text: Callable[[str], None],
    *,
    root: str,
) -> None:
    """XML in pieces. Raises BadFile for what is none, or begins with another element than the root; entities are not
    looked up, there are none in these files."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def begin_all(element: str, given: dict[str, str]) -> None:
        if element != root:
            raise BadFile(f"The XML begins with <{element[:40]}>, where <{root}> belongs.")
        parser.StartElementHandler = begin
        begin(element, given)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = begin_all, end, text
    parser.EntityDeclHandler = _refuse_entities
    try:
        for piece in pieces:
            parser.Parse(piece)
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as broken:
        raise BadFile(f"The XML cannot be read: {str(broken)[:100]}") from broken


def _refuse_entities(*_: object) -> None:
    raise BadFile("Entities have no place in annotations.")
