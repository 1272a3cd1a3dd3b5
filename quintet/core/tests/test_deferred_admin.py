"""The superuser's view of deferred actions."""

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from quintet.core.deferred.actions import enqueue
from quintet.core.tests.deferred_kinds import row

LIST = "/admin/deferred/job/"


@pytest.fixture
def root(db: None) -> Client:
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("root", "root@example.com", "root-password"))
    return client


def test_the_superuser_sees_what_is_queued_and_can_cancel_it(root: Client) -> None:
    job = enqueue("deferred.drop_finished")
    assert "deferred.drop_finished" in root.get(LIST).content.decode()
    assert root.get(f"{LIST}{job.pk}/change/").status_code == 200
    root.post(LIST, {"action": "cancel_what_is_chosen", "_selected_action": [job.pk]})
    assert row(job).state == "cancelled"


def test_nothing_is_added_or_deleted_by_hand(root: Client) -> None:
    job = enqueue("deferred.drop_finished")
    assert root.get(f"{LIST}add/").status_code == 403
    assert root.post(f"{LIST}{job.pk}/delete/", {"post": "yes"}).status_code == 403
    assert row(job).state == "queued"
