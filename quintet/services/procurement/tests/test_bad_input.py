"""Whatever is sent, the answer is a refusal in our words, and nothing is changed."""

import orjson
import pytest

from quintet.accounts.models import User
from quintet.services.procurement.models import GoodsItem, MeasureUnit, PricePeriod
from quintet.services.procurement.tests.makers import Person, make_goods

WRITES = [
    ("POST", "/api/login/"),
    ("POST", "/api/login/refresh/"),
    ("POST", "/api/accounts"),
    ("PUT", "/api/accounts/{admin}/"),
    ("PATCH", "/api/accounts/{admin}/"),
    ("POST", "/api/goods"),
    ("PUT", "/api/goods/{goods}/"),
    ("POST", "/api/prices"),
    ("POST", "/api/units"),
    ("PUT", "/api/units/{unit}/"),
]
FIELDS = (
    "username",
    "password",
    "role",
    "refresh",
    "name",
    "description",
    "price",
    "unit",
    "goods",
    "start_time",
    "image",
)
VALUES: tuple[object, ...] = (
    10**19,
    -(2**63),
    1e308,
    0.1,
    True,
    [],
    ["a"],
    {"a": 1},
    "\x00",
    "é" * 3000,
    "9" * 400,
    " ",
)
JSON, URLENCODED = "application/json", "application/x-www-form-urlencoded"
BODIES: list[tuple[str, bytes]] = [
    *((JSON, body) for body in (b"", b"[]", b"null", b'"a"', b"{", b"\xff\xfe", b'{"name": "\\ud800"}', b"[" * 5000)),
    *((JSON, orjson.dumps(dict.fromkeys(FIELDS, value))) for value in VALUES),
    *((URLENCODED, body) for body in (b"name=%00&username=%00", b"price=%ff", b"=&&=", b"\xff=\xff")),
    (URLENCODED, b"a=1&" * 20_001),
    (f"{URLENCODED}; charset=utf-16", b"name=a"),
    (f"{JSON}; charset=nonsense", b"{}"),
    ("multipart/form-data", b"nothing"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="image"; filename=a\r\n\r\ncut'),
    ("multipart/form-data; boundary=\xe9", b"--x"),
    ("text/plain", b"hello"),
    ("", b"hello"),
]  # fmt: skip


@pytest.mark.parametrize(("verb", "path"), WRITES)
def test_no_body_is_our_mistake(verb: str, path: str, admin: Person, grain: Person) -> None:
    item = make_goods()
    filled = path.format(admin=admin.user.pk, goods=item.pk, unit=item.unit_id)
    person = admin if "accounts" in path else grain
    for kind, body in BODIES:
        answer = person.generic(verb, filled, body, content_type=kind)
        assert answer.status_code in (400, 401, 403, 413), (kind, body[:80], answer.content[:200])
    assert (GoodsItem.objects.count(), MeasureUnit.objects.count()) == (1, 1)
    assert (PricePeriod.objects.count(), User.objects.count()) == (1, 2)
    assert User.objects.filter(epoch=0).count() == 2


def test_no_query_is_our_mistake(grain: Person, admin: Person) -> None:
    make_goods()
    names = ("page", "page_size", "search", "ordering", "goods")
    for value in ("%00", "%ff", "%F0%9F%98%86", "9" * 400, "-1", "", "%", "a" * 5000, "[]", "(((((", "\\", "1e5"):
        query = "&".join(f"{name}={value}" for name in names)
        for path in ("/api/goods", "/api/prices", "/api/units"):
            assert grain.get(f"{path}?{query}").status_code in (200, 400, 404), (path, value)
        for name in names:
            assert grain.get(f"/api/goods?{name}={value}").status_code in (200, 400, 404), (name, value)
        assert admin.get(f"/api/accounts?{query}").status_code in (200, 400, 404), value
