"""The demonstration's samples."""

from io import BytesIO

from django.core.files.storage import default_storage
from django.test import Client
from PIL import Image

from quintet.accounts.models import User
from quintet.services.procurement.demo import PEOPLE, SAMPLES, draw, make_samples
from quintet.services.procurement.models import GoodsItem, PricePeriod
from quintet.services.procurement.tests.makers import Person


def test_the_samples_are_made_once(admin: Person) -> None:
    make_samples(admin.user)
    made = GoodsItem.objects.count(), PricePeriod.objects.count(), User.objects.count()
    assert made == (len(SAMPLES), 3 * len(SAMPLES) + 2, 1 + len(PEOPLE))
    make_samples(admin.user)
    assert (GoodsItem.objects.count(), PricePeriod.objects.count(), User.objects.count()) == made
    assert len(default_storage.listdir("goods")[1]) == len(SAMPLES)


def test_their_people_sign_in_and_see_goods_with_pictures(admin: Person) -> None:
    make_samples(admin.user)
    for username in PEOPLE:
        access = Client().post("/api/login/", {"username": username, "password": "123456"}).json()["access"]
        rows = Client(headers={"Authorization": f"Bearer {access}"}).get("/api/goods?page_size=50").json()["results"]
        assert [row["name"] for row in rows] == [sample.name for sample in SAMPLES]
        shown = Client().get(rows[0]["image"].removeprefix("http://testserver"))
        assert shown.status_code == 200


def test_a_drawing_is_small_and_the_same_each_time() -> None:
    drawn = draw(SAMPLES[0])
    assert drawn == draw(SAMPLES[0])
    assert Image.open(BytesIO(drawn)).size == (320, 320)
    assert len(drawn) < 20_000
