"""GET /api/goods with 10,000 goods and 40,000 price periods, against Django REST framework as one writes it first."""

import orjson

from bench import Row
from bench.duel import Request, both, compared, engines, logged_in

PAGES = {
    "page 3 of 20": "page=3&page_size=20",
    "page 400 of 20": "page=400&page_size=20",
    "page 3 of 100": "page=3&page_size=100",
}
RIVALS = {"ModelViewSet": "goods", "the same with select_related and Prefetch": "fetched-goods"}


def _same_rows(ours: bytes, theirs: bytes) -> bool:
    shown = [
        [
            (row["id"], row["name"], row["price"], row["unit"], row["description"])
            for row in orjson.loads(answer)["results"]
        ]
        for answer in (ours, theirs)
    ]
    return bool(shown[0]) and shown[0] == shown[1]


def run() -> list[Row]:
    """On each database that is here."""
    rows = []
    for engine in engines():
        with both(engine) as (ours, plain):
            for rival, path in RIVALS.items():
                for shown, query in PAGES.items():
                    # Signed in each time: the rival's token lives five minutes.
                    our_key, their_key = (
                        logged_in(server, "/api/login/", "access", "Bearer") for server in (ours, plain)
                    )
                    asked = Request("GET", f"/api/goods?{query}", headers=our_key)
                    theirs = Request("GET", f"/api/{path}?{query}", headers=their_key)
                    rows.append(
                        compared(f"goods, {shown}, {engine}", rival, (ours, asked), (plain, theirs), same=_same_rows)
                    )
    return rows
