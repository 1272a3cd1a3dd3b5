"""The catalogue is whole, and nothing visible stands anywhere else."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from quintet import accounts
from quintet.core.dialect import Dialect
from quintet.services.masks import interface as masks
from quintet.services.procurement import interface as procurement
from quintet.web import pages, services, words
from quintet.web.words import CATALOGUE

WEB = Path(words.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
SAY = re.compile(r"""{%\s*say\s+["'](\w+)["']""")
IN_PYTHON = re.compile(r"""said\(\s*"(\w+)"|messages\.\w+\(request, "(\w+)"|"(request_\w+)" if|else "(request_\w+)\"""")
PARAMETERS = re.compile(r"{(\w+)}")
# Keys that are put together from what the database holds.
PUT_TOGETHER = ("service_", "about_", "level_", "event_", "missing_", "error_")
VISIBLE_ATTRIBUTES = ("aria-label", "title", "placeholder", "alt", "label", "content")


def test_both_languages_say_everything_with_the_same_parameters() -> None:
    for key, said in CATALOGUE.items():
        assert said.zh.strip(), key
        assert said.en.strip(), key
        assert set(PARAMETERS.findall(said.zh)) == set(PARAMETERS.findall(said.en)), key


def test_the_two_languages_are_two() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff]")
    apart = {"product", "other_language", "switch_language"}
    assert not [key for key, said in CATALOGUE.items() if key not in apart and not chinese.search(said.zh)]
    assert not [key for key, said in CATALOGUE.items() if key not in apart and chinese.search(said.en)]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_says_known_keys_and_shows_no_word_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert set(SAY.findall(text)) <= set(CATALOGUE)
    bare = re.sub(r"{%.*?%}|{{.*?}}|<!doctype html>", "", text)
    assert not re.findall(r"\w+", re.sub(r"<[^>]*>|&\w+;", "", bare)), "text outside a tag"
    for name in VISIBLE_ATTRIBUTES:
        for value in re.findall(rf'\s{name}="([^"]*)"', bare):
            assert not value.strip() or name == "content", f'{name}="{value}"'


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|https?://|//\w", text), template.name


def test_every_key_is_said_somewhere() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (*TEMPLATES, *WEB.glob("*.py"))]
    said = {key for text in texts for key in SAY.findall(text)}
    said |= {key for text in texts for found in IN_PYTHON.findall(text) for key in found if key}
    assert said <= set(CATALOGUE)
    assert not [key for key in set(CATALOGUE) - said if not key.startswith(PUT_TOGETHER)]


def test_every_service_and_its_levels_have_names() -> None:
    assert len(set(services.NAMES)) == 5
    for door in services.DOORS:
        assert f"service_{door.service}" in CATALOGUE
        assert f"about_{door.service}" in CATALOGUE
        assert f"level_{door.service}_{door.newcomer_level}" in CATALOGUE
    for interface in (masks, procurement):
        assert f"level_{interface.DOOR.service}_{interface.ADMINISTRATOR_LEVEL}" in CATALOGUE


def test_what_has_no_name_is_shown_as_it_is() -> None:
    with translation.override("zh-hans"):
        assert words.level_name("masks", 7) == "级别 7"
        assert words.service_name("weather") == "weather"
        assert words.event_name("weather.changed") == "weather.changed"
        assert words.missing_name("sun") == "sun 不可用"
        assert words.event_name("password.changed") == "修改了密码"
    with translation.override("en"):
        assert words.level_name("procurement", 2) == "School"


def test_every_event_of_accounts_has_a_name() -> None:
    folder = Path(accounts.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    events = set(re.findall(r'"((?:account|password|grant)\.[a-z-]+)"', source))
    assert len(events) > 5
    assert not [event for event in events if f"event_{event}" not in CATALOGUE]


def test_the_pages_have_words_for_every_refusal_they_name() -> None:
    assert isinstance(pages.DIALECT, Dialect)
    for status in (400, 403, 404, 405, 413):
        assert f"error_{status}" in CATALOGUE
