"""CVAT's own clients, request by request: the command line of 1.0 to 1.3, and the page of 1.1.

What they send is written down here as they send it: headers, encodings, spellings; nothing of ours stands between.
"""

import io
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from django.test import Client
from PIL import Image

from quintet.services.annotation.tests.makers import PASSWORD, told, with_cookie_of

FORM = "application/x-www-form-urlencoded"
# Name, file's name, content.
Parts = Sequence[tuple[str, str, bytes]]
# The command line asks without pause until it is told the end; so often a test bears it.
_PATIENCE = 20


class Refused(Exception):
    """What `requests` says of an answer that is an error."""


def as_requests_sends(fields: Mapping[str, object], files: Parts) -> tuple[bytes, str]:
    """A multipart body of Python's `requests`: fields first, files without a type, foreign names as RFC 2231 says."""
    boundary = secrets.token_hex(16)
    lines: list[bytes] = []
    for name, value in fields.items():
        lines += [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()]
    for name, called, content in files:
        said = f'filename="{called}"' if called.isascii() else f"filename*=utf-8''{quote(called)}"
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; {said}\r\n\r\n'
        lines += [head.encode(), content, b"\r\n"]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def as_chromium_sends(fields: Mapping[str, object], files: Parts) -> tuple[bytes, str]:
    """A FormData of Chromium: files with their types, foreign names as they are."""
    boundary = "----WebKitFormBoundary" + secrets.token_hex(8)
    lines: list[bytes] = []
    for name, called, content in files:
        kind = "image/jpeg" if called.endswith(".jpg") else "application/octet-stream"
        head = f'Content-Disposition: form-data; name="{name}"; filename="{called}"\r\nContent-Type: {kind}'
        lines += [f"--{boundary}\r\n{head}\r\n\r\n".encode(), content, b"\r\n"]
    for name, value in fields.items():
        lines += [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _as_asked(address: str) -> str:
    """What `requests` makes of an address: spaces as %20, signs that may not stand there quoted, nothing from # on."""
    return quote(address.partition("#")[0], safe="/?&=:@!$'()*+,;~-._")


class CommandLine:
    """`cli.py --auth USER …`. Signs in with a form and goes on with the session cookie and X-CSRFToken, set once from
    the cookie that came; it never sends the key, and neither Origin nor Referer."""

    def __init__(self, username: str, password: str = PASSWORD, *, https: bool = False) -> None:
        self.printed: list[str] = []
        self.client = Client(
            enforce_csrf_checks=True,
            headers={"Accept": "*/*", "Accept-Encoding": "gzip, deflate", "User-Agent": "python-requests/2.31.0"},
        )
        self._secure = https
        said = urlencode({"username": username, "password": password})
        answer = self._send("POST", "auth/login", said, FORM)
        assert "sessionid" in self.client.cookies
        self.client.defaults["HTTP_X_CSRFTOKEN"] = answer.cookies["csrftoken"].value

    def _send(self, verb: str, path: str, body: "bytes | str" = b"", kind: str = "") -> Any:
        """`raise_for_status` comes after each request."""
        answer: Any = self.client.generic(verb, f"/api/v1/{path}", body, content_type=kind, secure=self._secure)
        if answer.status_code >= 400:
            side = "Client" if answer.status_code < 500 else "Server"
            raise Refused(f"{answer.status_code} {side} Error: {answer.reason_phrase}")
        return answer

    def ls(self, *, as_json: bool = False) -> list[str]:
        """Rows 1 and 2: page after page while there is a next one."""
        lines: list[str] = []
        page, number = told(self._send("GET", "tasks")), 1
        while True:
            for task in page["results"]:
                lines.append(json.dumps(task, indent=2) if as_json else "{id},{name},{status}".format(**task))
            if not page["next"]:
                return lines
            number += 1
            page = told(self._send("GET", f"tasks?page={number}"))

    def create(self, name: str, labels: object, *, files: Mapping[str, bytes] | None = None, **said: Any) -> int:
        """Rows 3 to 7. `share` and `remote` name what is there; `annotation` is a file's name and content, read by
        `annotation_format`."""
        share, remote, annotation = (said.pop(key, None) for key in ("share", "remote", "annotation"))
        reader = said.pop("annotation_format", "CVAT 1.1")
        body = json.dumps({"name": name, "labels": labels, **said})
        answer = self._send("POST", "tasks", body, "application/json")
        assert answer.status_code == 201
        task_id = int(told(answer)["id"])
        self.printed.append(f"Created task ID: {task_id} NAME: {told(answer)['name']}")
        if files is not None:
            parts = [(f"client_files[{place}]", called, held) for place, (called, held) in enumerate(files.items())]
            sent, kind = as_requests_sends({"image_quality": 50}, parts)
        else:
            key, named = ("server_files", share) if share is not None else ("remote_files", remote)
            listed = {f"{key}[{place}]": each for place, each in enumerate(named)}
            sent, kind = urlencode({**listed, "image_quality": 50}).encode(), FORM
        self._send("POST", f"tasks/{task_id}/data", sent, kind)
        if annotation is not None:
            self._await_data(task_id)
            self.upload(task_id, annotation, reader)
        return task_id

    def _await_data(self, task_id: int) -> None:
        for _ in range(_PATIENCE):
            self.printed.append("Awaiting data compression before uploading annotations…")
            status = told(self._send("GET", f"tasks/{task_id}/status"))
            assert isinstance(status["message"], str)
            if status["state"] == "Finished":
                return
        raise AssertionError("it would ask for ever")

    def frames(self, task_id: int, *numbers: int, quality: str = "original") -> dict[str, Image.Image]:
        """Rows 8 and 9: what it saves, by the files' names."""
        saved: dict[str, Image.Image] = {}
        for number in numbers:
            answer = self._send("GET", f"tasks/{task_id}/data?type=frame&number={number}&quality={quality}")
            saved[f"task_{task_id}_frame_{number:06d}.jpg"] = Image.open(io.BytesIO(answer.content))
        return saved

    def dump(self, task_id: int, form: str = "CVAT for images 1.1") -> bytes:
        """Rows 10 and 11: the same request without pause until 201; any other answer that is no error asks again."""
        name = told(self._send("GET", f"tasks/{task_id}"))["name"]
        asked = f"tasks/{task_id}/annotations?format={form}&filename={name}"
        for _ in range(_PATIENCE):
            status = self._send("GET", _as_asked(asked)).status_code
            self.printed.append(f"STATUS {status}")
            if status == 201:
                answer = self._send("GET", _as_asked(f"{asked}&action=download"))
                return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)
        raise AssertionError("it would ask for ever")

    def upload(self, task_id: int, file: tuple[str, bytes], form: str = "CVAT 1.1") -> int:
        """Row 12: the whole file again and again until 201. How often that was."""
        for times in range(1, _PATIENCE):
            body, kind = as_requests_sends({}, [("annotation_file", *file)])
            answer = self._send("PUT", f"tasks/{task_id}/annotations?format={form.replace(' ', '%20')}", body, kind)
            if answer.status_code == 201:
                self.printed.append(
                    f"Upload job for Task ID {task_id} with annotation file {file[0]} finished"
                )  # fmt: skip
                return times
        raise AssertionError("it would send for ever")

    def delete(self, task_id: int) -> str:
        """Row 13."""
        try:
            self._send("DELETE", f"tasks/{task_id}")
        except Refused as refused:
            if "404" not in str(refused):
                raise
            return f"Task ID {task_id} not found"
        return f"Task ID {task_id} deleted"


class Page:
    """CVAT's page in a browser. It signs in with a form and goes on with key, cookies and X-CSRFTOKEN; its workers and
    its links have the session cookie alone."""

    def __init__(self) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.key = ""

    def send(self, verb: str, path: str, body: "bytes | str" = b"", kind: str = "", *, root: str = "/api/v1/") -> Any:
        """By axios, from the page's own origin."""
        said = {"Accept": "application/json, text/plain, */*", "Sec-Fetch-Site": "same-origin"}
        if verb not in ("GET", "HEAD"):
            said |= {"Origin": "http://testserver", "Referer": "http://testserver/tasks"}
        if self.key:
            said["Authorization"] = f"Token {self.key}"
        if "csrftoken" in self.client.cookies:
            said["X-CSRFTOKEN"] = self.client.cookies["csrftoken"].value
        return self.client.generic(verb, f"{root}{path}", body, content_type=kind, headers=said)

    def get(self, path: str, *, status: int = 200) -> Any:
        """What an answer says that must be there."""
        answer = self.send("GET", path)
        assert answer.status_code == status, (path, answer.status_code, answer.content)
        return told(answer)

    def send_json(self, verb: str, path: str, said: object) -> Any:
        return self.send(verb, path, json.dumps(said), "application/json;charset=UTF-8")

    def send_form(self, verb: str, path: str, fields: Mapping[str, object], files: Parts = ()) -> Any:
        return self.send(verb, path, *as_chromium_sends(fields, files))

    def by_worker(self, path: str, **headers: str) -> Any:
        """What a web worker fetches, or a link: with the session cookie and nothing else."""
        return with_cookie_of(self.client).get(f"/api/v1/{path}", headers={"Sec-Fetch-Site": "same-origin", **headers})

    def login(self, username: str) -> None:
        """The page keeps the key in localStorage; the browser keeps the cookies."""
        said = f"username={quote(username)}&password={quote(PASSWORD)}".replace("%20", "+")
        answer = self.send("POST", "auth/login", said, FORM)
        assert answer.status_code == 200
        assert {"sessionid", "csrftoken"} <= set(answer.cookies)
        self.key = told(answer)["key"]

    def create(self, name: str, labels: object, fields: Mapping[str, object], files: Parts = (), **said: Any) -> int:
        """The page for a new task: the task, its data, and then its status each second until the end."""
        answer = self.send_json("POST", "tasks", {"name": name, "labels": labels, "z_order": False, **said})
        assert answer.status_code == 201, answer.content
        task_id = int(told(answer)["id"])
        answer = self.send_form("POST", f"tasks/{task_id}/data", fields, files)
        assert answer.status_code == 202, answer.content
        return task_id
