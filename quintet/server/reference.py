"""Reference pages that are written by the code they speak of; a house test holds docs/reference against them."""

from drf_spectacular.generators import SchemaGenerator

from quintet.core import conf
from quintet.server import settings as _settings  # noqa: F401  declares every service's settings
from quintet.server.services import SERVICES


def settings_page() -> str:
    """docs/reference/settings.md"""
    rows = [
        f"| `{setting.variable}` | {setting.kind} | {_default_of(setting)} | {setting.help} |"
        for setting in conf.table()
    ]
    head = [
        "# Settings",
        "",
        "Each is an environment variable. `quintet config` prints those in force; this page is its `--markdown`.",
        "",
        "| variable | kind | default | what it does |",
        "|---|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


def _default_of(setting: "conf.Setting[object]") -> str:
    if callable(setting.default):
        return "depends on the exposure"
    shown = ", ".join(setting.default) if isinstance(setting.default, tuple) else str(setting.default)
    return f"`{shown}`" if shown else "empty"


def endpoints_page() -> str:
    """docs/reference/endpoints.md"""
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    paths = generator.get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    lines = [
        "# Endpoints",
        "",
        "Written by `quintet config --endpoints`; the server shows the same, to be tried, at `/api/docs/`. A path with",
        "a final slash is served as well wherever the document of its service does not say otherwise.",
    ]
    for service in SERVICES:
        rows = [
            f"| {verb.upper()} | `{path}` | {_first_line(said)} |"
            for path, operations in paths.items()
            for verb, said in operations.items()
            if service in said.get("tags", ())
        ]
        lines += ["", f"## {service}", "", "| | path | what |", "|---|---|---|", *rows]
    return "\n".join([*lines, ""])


def _first_line(said: dict[str, str]) -> str:
    line = said.get("summary") or said.get("description", "").partition("\n")[0]
    return line.replace("|", "\\|")
