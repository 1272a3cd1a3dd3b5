"""What every test has: quick hashes, files in memory, no network, and the cast."""

from quintet.core.testing.fixtures import *  # noqa: F403
