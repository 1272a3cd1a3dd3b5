"""Reference pages that are written by the code they speak of; a house test holds docs/reference against them."""

from quintet.core import conf
from quintet.server import settings as _settings  # noqa: F401  declares every service's settings


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
