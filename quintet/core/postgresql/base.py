"""Whether a kept connection still lives is asked every two seconds at most, not before every request.

The question is a statement of its own: on a quick request it was a fifth of the server's time. A connection that broke
less than two seconds ago fails one request, as one that breaks in the middle of a request does.
"""

import time

from django.db.backends.postgresql import base

_ASKED_EVERY_SECONDS = 2.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's own, with fewer questions."""

    health_check_done: bool
    _lived_at = float("-inf")

    def close_if_health_check_failed(self) -> None:
        """Ask, unless it was asked a moment ago."""
        if self.connection is None or self.health_check_done:
            return
        if time.monotonic() - self._lived_at < _ASKED_EVERY_SECONDS:
            self.health_check_done = True
            return
        super().close_if_health_check_failed()
        if self.connection is not None:
            self._lived_at = time.monotonic()
