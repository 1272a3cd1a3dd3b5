"""Pages that tell the truth: settings, dependencies, endpoints, links."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from drf_spectacular.generators import SchemaGenerator

from quintet.server.reference import endpoints_page, settings_page

HOUSE = Path(__file__).parents[2]
PAGES = [*HOUSE.glob("*.md"), *(path for top in ("docs", "quintet", "deploy") for path in (HOUSE / top).rglob("*.md"))]


def test_every_setting_is_documented_as_it_is() -> None:
    written = (HOUSE / "docs" / "reference" / "settings.md").read_text(encoding="utf-8")
    assert written == settings_page(), "write it anew: .venv/bin/quintet config --markdown > docs/reference/settings.md"


def test_every_endpoint_is_documented_as_it_is() -> None:
    written = (HOUSE / "docs" / "reference" / "endpoints.md").read_text(encoding="utf-8")
    assert written == endpoints_page(), (
        "write it anew: .venv/bin/quintet config --endpoints > docs/reference/endpoints.md"
    )


def test_every_dependency_has_earned_its_line() -> None:
    project = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.match(r"[A-Za-z0-9_.-]+", line)[0].lower() for line in wanted}  # type: ignore[index]
    written = (HOUSE / "docs" / "explanation" / "dependencies.md").read_text(encoding="utf-8").lower()
    assert not [name for name in names if f"| `{name}`" not in written]


def test_the_lock_holds_a_hash_for_each_and_no_address() -> None:
    lock = (HOUSE / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    entries = re.split(r"\n(?=[a-z0-9])", lock.strip())
    assert len(entries) > 40
    assert not [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(HOUSE)))
def test_no_link_leads_nowhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


def test_both_languages_are_in_the_readme() -> None:
    text = (HOUSE / "README.md").read_text(encoding="utf-8")
    chinese, english = text.count("\n## ") // 2, re.findall(r"\n## (.+)", text)
    assert chinese * 2 == len(english), "each section stands in both languages"
    assert any("一" <= letter <= "鿿" for letter in text)


def test_the_api_pages_show_every_endpoint_that_is_served() -> None:
    generator = SchemaGenerator()  # type: ignore[no-untyped-call]
    shown = generator.get_schema(request=None, public=True)["paths"]  # type: ignore[no-untyped-call]
    listed = yaml.safe_load((HOUSE / "contracts" / "endpoints.yaml").read_text(encoding="utf-8"))
    pending = set(listed.pop("pending"))
    served = [
        row["endpoint"] for book in listed.values() for row in book["endpoints"] if row["endpoint"] not in pending
    ]
    patterns = {
        (verb.upper(), re.sub(r"\{[^}]+\}", "[^/]+", path.rstrip("/"))) for path in shown for verb in shown[path]
    }
    missing = []
    for endpoint in served:
        verb, path = endpoint.split()
        asked = path.rstrip("/").replace("<id>", "1")
        if not any(verb == shown_verb and re.fullmatch(pattern, asked) for shown_verb, pattern in patterns):
            missing.append(endpoint)
    assert not missing
