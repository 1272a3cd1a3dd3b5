"""Who am I, by a key in a header, against DRF's TokenAuthentication and a ModelSerializer."""

from bench import Row
from bench.duel import Request, both, compared, engines, logged_in


def run() -> list[Row]:
    """On each database that is here."""
    rows = []
    for engine in engines():
        with both(engine) as (ours, plain):
            our_key = logged_in(ours, "/api/v1/auth/login", "key", "Token")
            their_key = logged_in(plain, "/api/v1/auth/login", "token", "Token")
            asked, theirs = (Request("GET", "/api/v1/users/self", headers=key) for key in (our_key, their_key))
            what = f"GET /api/v1/users/self, {engine}"
            rows.append(compared(what, "DRF TokenAuthentication, ModelSerializer", (ours, asked), (plain, theirs)))
    return rows
