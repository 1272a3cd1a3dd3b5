"""XML as it is read here: in pieces, and without entities."""

from collections.abc import Callable, Iterable
from xml.parsers import expat

from quintet.services.annotation.errors import BadFile


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
