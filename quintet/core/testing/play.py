"""Plays a story against a server, in this process or at an address, and says exactly what differs."""

import base64
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import orjson
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from quintet.core.testing.book import Exchange, Story

_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?"
_TEXT_PLACEHOLDERS = {
    "<str>": ".*",
    "<moment>": _MOMENT + r"(Z|\+00:00)",
    "<naive moment>": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}",
    "<url>": r"https?://[^ ]+",
    "<hex40>": "[0-9a-f]{40}",
    "<jwt>": r"eyJ[\w-]+\.[\w-]+\.[\w-]+",
}


@dataclass(frozen=True)
class Answered:
    status: int
    headers: Mapping[str, str]
    body: bytes


class Browser(Protocol):
    """Somebody with a cookie jar of their own."""

    def send(self, verb: str, path: str, *, body: bytes, kind: str, headers: Mapping[str, str]) -> Answered: ...


class InProcess:
    """Django's test client; a 500 is an answer, not an exception, as for a real client."""

    def __init__(self) -> None:
        self.client = Client(raise_request_exception=False)

    def send(self, verb: str, path: str, *, body: bytes, kind: str, headers: Mapping[str, str]) -> Answered:
        response = self.client.generic(verb, path, data=body, content_type=kind, headers=headers)
        streamed = getattr(response, "streaming_content", None)
        content = b"".join(streamed) if streamed is not None else response.content
        return Answered(response.status_code, dict(response.headers), content)


class AtAddress:
    """A real server."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def send(self, verb: str, path: str, *, body: bytes, kind: str, headers: Mapping[str, str]) -> Answered:
        # A story may name the kind of its body itself.
        said = {**({"Content-Type": kind} if body else {}), **headers}
        address = self.address + quote(path, safe="/?&=%+:@,;")
        request = urllib.request.Request(address, data=body or None, headers=said, method=verb)
        try:
            with self.opener.open(request, timeout=60) as response:
                return Answered(response.status, dict(response.headers), response.read())
        except urllib.error.HTTPError as refused:
            return Answered(refused.code, dict(refused.headers), refused.read())


class Differs(AssertionError):
    """The server did not answer as the document says."""


class Player:
    """Plays stories. `files`: where the files are that stories name; `address`: a real server, else in process."""

    def __init__(self, files: Path, *, address: str | None = None) -> None:
        self.files, self.address = files, address

    def play(self, story: Story) -> None:
        """Raises Differs with every difference of the first exchange that differs."""
        browsers: dict[str, Browser] = {}
        kept: dict[str, Any] = {}
        for exchange in story.exchanges:
            said: dict[str, Any] = _filled(dict(exchange.said), kept)
            browser = browsers.setdefault(str(said.get("as", "somebody")), self._browser())
            answered = self._send(browser, exchange.verb, said)
            if differences := list(self._differences(said, answered)):
                raise Differs(
                    f"{exchange.cited} {exchange.verb} {said[exchange.verb]} · " + " · ".join(differences)
                    + f"\nanswered {answered.status}: {answered.body[:600]!r}"
                )  # fmt: skip
            for name, where in (exchange.said.get("keep") or {}).items():
                kept[name] = _find(where, answered)

    def _browser(self) -> Browser:
        return AtAddress(self.address) if self.address else InProcess()

    def _send(self, browser: Browser, verb: str, said: Mapping[str, Any]) -> Answered:
        headers = {str(name): str(value) for name, value in (said.get("headers") or {}).items()}
        if "basic" in said:
            name, password = said["basic"]
            headers["Authorization"] = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        body, kind = self._body(said)
        return browser.send(verb, said[verb], body=body, kind=kind, headers=headers)

    def _body(self, said: Mapping[str, Any]) -> tuple[bytes, str]:
        if "json" in said:
            return orjson.dumps(said["json"]), "application/json"
        if "files" in said or "multipart" in said:
            fields: dict[str, Any] = {**(said.get("form") or {}), **(said.get("multipart") or {})}
            opened = {name: (self.files / file).open("rb") for name, file in (said.get("files") or {}).items()}
            try:
                return encode_multipart(BOUNDARY, {**fields, **opened}), MULTIPART_CONTENT
            finally:
                for file in opened.values():
                    file.close()
        if "form" in said:
            return urlencode(said["form"]).encode(), "application/x-www-form-urlencoded"
        return str(said.get("body", "")).encode(), "application/json"

    def _differences(self, said: Mapping[str, Any], answered: Answered) -> "list[str]":
        found: list[str] = []
        if answered.status != said.get("status", 200):
            found.append(f"status is {answered.status}, not {said.get('status', 200)}")
        headers = {name.lower(): value for name, value in answered.headers.items()}
        for name, value in (said.get("answers_headers") or {}).items():
            found += _compare(value, headers.get(str(name).lower()), f"header {name}")
        if "answers_kind" in said and headers.get("content-type", "").partition(";")[0] != said["answers_kind"]:
            found.append(f"media type is {headers.get('content-type')}, not {said['answers_kind']}")
        if "answers_text" in said and answered.body.decode(errors="replace") != said["answers_text"]:
            found.append("the text differs")
        if "answers" in said:
            try:
                found += _compare(said["answers"], orjson.loads(answered.body), "$")
            except orjson.JSONDecodeError:
                found.append("the answer is no JSON")
        return found


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(inner, kept) for key, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, kept) for inner in value]
    if not isinstance(value, str):
        return value
    whole = re.fullmatch(r"\$\{(\w+)\}", value)
    if whole and whole[1] in kept:
        return kept[whole[1]]
    return re.sub(r"\$\{(\w+)\}", lambda match: str(kept.get(match[1], match[0])), value)


def _compare(expected: Any, found: Any, where: str) -> list[str]:
    if isinstance(expected, dict) and set(expected) == {"<each>"} and isinstance(found, list):
        expected = [expected["<each>"]] * max(1, len(found))
    if isinstance(expected, dict) and isinstance(found, dict):
        missing = [f"{where}.{key} is missing" for key in expected if key not in found]
        extra = [f"{where}.{key} is not in the document" for key in found if key not in expected]
        shared = [_compare(expected[key], found[key], f"{where}.{key}") for key in expected if key in found]
        return missing + extra + [difference for differences in shared for difference in differences]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{where} has {len(found)} items, not {len(expected)}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [difference for n, (one, other) in pairs for difference in _compare(one, other, f"{where}[{n}]")]
    return [] if _is_as_said(expected, found) else [f"{where} is {found!r}, not {expected!r}"]


def _is_as_said(expected: Any, found: Any) -> bool:
    if expected == "<any>":
        return True
    if expected == "<int>":
        return isinstance(found, int) and not isinstance(found, bool)
    if expected == "<number>":
        return isinstance(found, int | float) and not isinstance(found, bool)
    if expected == "<bool>":
        return isinstance(found, bool)
    if isinstance(expected, str) and expected in _TEXT_PLACEHOLDERS:
        return isinstance(found, str) and re.fullmatch(_TEXT_PLACEHOLDERS[expected], found, re.S) is not None
    return type(expected) is type(found) and bool(expected == found)


def _find(where: str, answered: Answered) -> Any:
    if where.startswith("header:"):
        wanted = where.removeprefix("header:").lower()
        return next(value for name, value in answered.headers.items() if name.lower() == wanted)
    value: Any = orjson.loads(answered.body)
    for step in where.split("."):
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


__all__ = ["Differs", "Exchange", "Player"]
