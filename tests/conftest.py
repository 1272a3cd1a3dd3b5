"""What every whole-product test has."""

from quintet.core.testing.fixtures import *  # noqa: F403
