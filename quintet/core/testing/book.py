"""The contract book: stories of exchanges, each citing the document and lines that promise it.

contracts/<service>/<name>.yaml

    source: 0-mask-detection.md          the document; or a standard's clause for what no document says
    stories:
      nobody is signed in:
        - lines: 161                     or 80-97; the cited lines must hold the words that `answers` promises
          POST: /mask_detect/picture_calculate/
          files: {pic_file: one_pixel.png}
          answers: {state: error1}

An exchange has one of GET HEAD POST PUT PATCH DELETE OPTIONS with the path (`${kept}` is replaced), and may have
    as         whose browser (cookies) sends it; "somebody" without
    endpoint   the template in contracts/endpoints.yaml, where the path differs from it
    json / form / files / body      what is sent; form and files together are one multipart body; multipart: {…}
                                    sends a form as multipart without a file
    headers    {name: value}
    basic      [name, password]
    status     200 unless said
    answers    JSON, compared exactly: missing and extra keys both fail. Placeholders: <int> <number> <str> <bool>
               <moment> <naive moment> <url> <hex40> <jwt> <any>;
               {<each>: …} stands for a list of one or more items that are all so
    answers_text     the body, byte for byte       answers_kind   its media type
    answers_headers  {name: value or placeholder}
    keep       {name: dotted.path.in.the.answer}; `header:Name` keeps a header
    words      what the cited lines must hold, where that is not what `answers` says
    reading    the heading's id in contracts/DECISIONS.md that settles what the document leaves open; replaces `lines`
               or stands beside it
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_KNOWN = {
    *VERBS, "as", "endpoint", "json", "form", "multipart", "files", "body", "headers", "basic", "status", "answers",
    "answers_text", "answers_kind", "answers_headers", "keep", "lines", "words", "reading",
}  # fmt: skip


@dataclass(frozen=True)
class Exchange:
    """One request and its answer."""

    verb: str
    path: str
    said: Mapping[str, Any]
    cited: str

    @property
    def endpoint(self) -> str:
        """The template of the path, as contracts/endpoints.yaml lists it."""
        return str(self.said.get("endpoint") or self.path.partition("?")[0])

    @property
    def lines(self) -> tuple[int, int] | None:
        """First and last cited line, both included."""
        cited = str(self.said.get("lines", ""))
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", cited)
        return (int(found[1]), int(found[2] or found[1])) if found else None


@dataclass(frozen=True)
class Story:
    """Exchanges in order, played on a server of their own."""

    service: str
    file: str
    name: str
    source: str
    exchanges: Sequence[Exchange] = field(default_factory=tuple)

    def __str__(self) -> str:
        return f"{self.service}: {self.name}"


def read_stories(folder: Path) -> Iterator[Story]:
    """Every story under contracts/. Raises ValueError for a misspelt key: a key nobody reads would promise nothing."""
    for path in sorted(folder.glob("*/*.yaml")):
        book = yaml.safe_load(path.read_text(encoding="utf-8"))
        for name, exchanges in book["stories"].items():
            yield Story(
                service=path.parent.name,
                file=path.name,
                name=name,
                source=book["source"],
                exchanges=[
                    _read(said, f"{path.parent.name}/{path.name}: {name}", book["source"]) for said in exchanges
                ],
            )


def _read(said: Mapping[str, Any], where: str, source: str) -> Exchange:
    if unknown := set(said) - _KNOWN:
        raise ValueError(f"{where}: unknown keys {sorted(unknown)}")
    verbs = [verb for verb in VERBS if verb in said]
    if len(verbs) != 1:
        raise ValueError(f"{where}: an exchange has exactly one verb, not {verbs}")
    if "lines" not in said and "reading" not in said:
        raise ValueError(f"{where}: {verbs[0]} {said[verbs[0]]} cites neither lines nor a reading")
    cited = f"{source}:{said.get('lines', said.get('reading'))}"
    return Exchange(verb=verbs[0], path=str(said[verbs[0]]), said=said, cited=cited)


def promised_words(exchange: Exchange) -> list[str]:
    """What the cited lines must hold: `words`, or else every literal text and every key of `answers`."""
    if "words" in exchange.said:
        said = exchange.said["words"]
        return [said] if isinstance(said, str) else list(said)
    return [word for word in _leaves(exchange.said.get("answers")) if word and "<" not in word and "${" not in word]


def _leaves(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    elif isinstance(value, str):
        yield value
