"""What the five documents promise, played exactly."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from quintet.core.testing.book import Exchange, Story, promised_words, read_stories
from quintet.core.testing.play import Player

CONTRACTS = Path(__file__).parents[2] / "contracts"
DOCUMENTS = Path(__file__).parents[3] / "shared" / "seeds"
STORIES = list(read_stories(CONTRACTS))
ENDPOINTS = yaml.safe_load((CONTRACTS / "endpoints.yaml").read_text(encoding="utf-8"))
# What was pending when the house was built. An entry may be struck from endpoints.yaml; none may be added.
EVER_PENDING = {"POST /mask_detect/video_calculate/", "GET /api/v1/tasks"}

needs_documents = pytest.mark.skipif(not DOCUMENTS.is_dir(), reason="the documents are not at hand (../shared/seeds)")


def _endpoints() -> dict[str, tuple[str, int]]:
    return {
        row["endpoint"]: (book["document"], row["line"])
        for service, book in ENDPOINTS.items()
        if service != "pending"
        for row in book["endpoints"]
    }


def _exchanges() -> list[tuple[Story, Exchange]]:
    return [(story, exchange) for story in STORIES for exchange in story.exchanges]


def _played() -> set[str]:
    return {f"{exchange.verb} {exchange.endpoint}" for _, exchange in _exchanges()}


@pytest.mark.parametrize("story", STORIES, ids=str)
def test_the_server_answers_as_the_document_says(story: Story, demonstration: None) -> None:
    Player(CONTRACTS / "files", address=os.environ.get("QUINTET_CONTRACT_SERVER")).play(story)


def test_every_endpoint_of_the_documents_is_played_or_pending() -> None:
    assert set(_endpoints()) - _played() == set(ENDPOINTS["pending"]), "neither played nor pending, or both"
    print("pending:", ", ".join(ENDPOINTS["pending"]) or "none")


def test_the_pending_list_only_shrinks() -> None:
    assert set(ENDPOINTS["pending"]) <= EVER_PENDING


@needs_documents
def test_every_citation_holds_the_words_it_claims() -> None:
    for story, exchange in _exchanges():
        document = DOCUMENTS / story.source
        if exchange.lines is None or not document.is_file():
            continue
        first, last = exchange.lines
        cited = "\n".join(document.read_text(encoding="utf-8").splitlines()[first - 1 : last])
        missing = [word for word in promised_words(exchange) if word not in cited]
        assert not missing, f"{story} {exchange.cited} does not say {missing}"


@needs_documents
def test_every_listed_endpoint_stands_in_its_document() -> None:
    for endpoint, (document, line) in _endpoints().items():
        said = (DOCUMENTS / document).read_text(encoding="utf-8").splitlines()[line - 1]
        path: Any = endpoint.split()[1]
        assert path.rstrip("/") in said, f"{document}:{line} does not show {endpoint}"


def test_every_reading_that_is_cited_is_explained() -> None:
    explained = (CONTRACTS / "DECISIONS.md").read_text(encoding="utf-8")
    for story, exchange in _exchanges():
        for reading in str(exchange.said.get("reading", "")).split():
            assert f"### {reading} " in explained, f"{story} cites {reading}, which DECISIONS.md does not explain"
