"""What a linter cannot see: rows that reach into another service, refusals without words, strange files."""

import importlib
import inspect
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from quintet.core.dialect import Dialect
from quintet.core.errors import DomainError
from quintet.server.services import SERVICES

HOUSE = Path(__file__).parents[2]
# The same names in all five; see ARCHITECTURE.md.
FILES = {
    "README.md", "__init__.py", "actions", "admin", "api", "apps", "conf", "demo", "doors", "errors", "interface",
    "migrations", "models", "queries", "rules", "static", "templates", "tests", "urls", "vision", "wire",
}  # fmt: skip
OWN_SIBLINGS = {
    "masks": {"vision", "watching"},
    "annotation": {"authentication", "formats", "media", "shapes", "signatures"},
    "dicom": set(),
    "procurement": {"tokens"},
    "mocks": {"callers"},
}


def _subclasses(cls: type[DomainError]) -> Iterator[type[DomainError]]:
    yield cls
    for inner in cls.__subclasses__():
        yield from _subclasses(inner)


def _dialects(service: str) -> list[Dialect]:
    wire = importlib.import_module(f"quintet.services.{service}.wire")
    return [value for _, value in inspect.getmembers(wire) if isinstance(value, Dialect)]


@pytest.mark.parametrize("service", SERVICES)
def test_every_refusal_has_words_in_every_dialect(service: str) -> None:
    heard = [word for word in _subclasses(DomainError) if word is not DomainError and _is_heard_in(service, word)]
    assert len(heard) > 10
    for dialect in _dialects(service):
        dumb = [refusal.__qualname__ for refusal in heard if dialect.answer_for(refusal) is None]
        assert not dumb, f"{service} has no words for {dumb}: they would be a 500"


def _is_heard_in(service: str, refusal: type[DomainError]) -> bool:
    foreign = [other for other in SERVICES if other != service]
    return not any(refusal.__module__.startswith(f"quintet.services.{other}.") for other in foreign)


def test_no_row_of_one_service_points_at_a_row_of_another() -> None:
    crossing = [
        f"{model.__name__}.{field.name} -> {field.related_model}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and _service_of(model.__module__) in SERVICES
        if inspect.isclass(field.related_model)
        if _service_of(field.related_model.__module__) not in (None, _service_of(model.__module__))
    ]
    assert not crossing


def _service_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["quintet", "services"] else None


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_folder_holds_what_its_siblings_hold(service: str) -> None:
    folder = HOUSE / "quintet" / "services" / service
    found = {path.stem if path.suffix == ".py" and path.stem != "__init__" else path.name for path in folder.iterdir()}
    assert found - {"__pycache__"} <= FILES | OWN_SIBLINGS[service]
    assert {"README.md", "urls", "wire", "interface", "demo", "doors", "tests"} <= found


@pytest.mark.parametrize("service", SERVICES)
def test_a_worker_that_loads_the_actions_knows_every_deferred_one(service: str) -> None:
    folder = HOUSE / "quintet" / "services" / service / "actions"
    declaring = [path.stem for path in folder.glob("*.py") if "\n@deferred(" in path.read_text(encoding="utf-8")]
    loaded = (folder / "__init__.py").read_text(encoding="utf-8") if declaring else ""
    assert not [name for name in declaring if f"from quintet.services.{service}.actions.{name} import" not in loaded]


def test_no_file_is_a_drawer_for_everything() -> None:
    drawers = {"utils.py", "helpers.py", "common.py", "misc.py", "signals.py", "managers.py"}
    assert not [str(path) for path in (HOUSE / "quintet").rglob("*.py") if path.name in drawers]


def test_no_file_has_outgrown_itself() -> None:
    long = {
        str(path.relative_to(HOUSE)): lines
        for folder in ("quintet", "tests", "bench")
        for path in (HOUSE / folder).rglob("*.py")
        if "migrations" not in path.parts and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert not long


@pytest.mark.django_db
def test_the_tables_are_what_the_models_say() -> None:
    said = StringIO()
    call_command("makemigrations", "--check", "--dry-run", stdout=said, stderr=said)
