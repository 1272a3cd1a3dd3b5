"""What the demonstration puts in it."""

from quintet.accounts.models import User


def make_samples(administrator: User) -> None:
    """Nothing yet. Idempotent."""
