"""What every story finds: the demonstration's administrator, as the documents' own examples do."""

import pytest

from quintet.server.demo import make_demonstration_administrator


@pytest.fixture
def demonstration(db: None) -> None:
    make_demonstration_administrator()
