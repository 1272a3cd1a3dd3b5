"""python -m tests.jobs.submit_pictures COUNT: tables, a person, and a task of theirs with so many uploaded pictures."""

import sys
import tempfile
from io import BytesIO
from pathlib import Path

import django


def main(count: int) -> None:
    django.setup()
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from PIL import Image

    from quintet.services.annotation import actions, queries
    from quintet.services.annotation.actions import files
    from quintet.services.annotation.tests.makers import make_person

    call_command("migrate", verbosity=0)
    user = make_person()
    user.groups.add(Group.objects.get(name="user"))
    person = queries.person(user)
    assert person is not None
    task_id = actions.create_task(person, {"name": "n", "labels": [{"name": "x", "attributes": []}], "segment_size": 9})
    picture = BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "PNG")
    with tempfile.TemporaryDirectory(dir=files.workplace()) as folder:
        paths = [Path(folder) / f"{number}" for number in range(count)]
        for path in paths:
            path.write_bytes(picture.getvalue())
        sent = [(f"{number:05d}.png", path) for number, path in enumerate(paths)]
        actions.add_data(person, task_id, actions.Sent(image_quality=70, files=sent))


if __name__ == "__main__":
    main(int(sys.argv[1]))
