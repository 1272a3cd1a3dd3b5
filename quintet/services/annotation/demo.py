"""What the demonstration puts in it."""

from quintet.accounts.models import User


def make_samples(administrator: User) -> None:
    """Nothing beside the administrator, whom `server.demo` makes one of ours too. Idempotent."""
