"""Tasks with frames and labels but without pictures, and what is drawn into them."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from quintet.accounts.models import User
from quintet.services.annotation.models import Attribute, Data, Frame, Job, Label, Segment, Task


@dataclass
class Drawable:
    """A task with two labels: car (model: select, fixed; parked: checkbox, changing) and person."""

    task: Task
    jobs: list[Job]
    car: int
    person: int
    model: int
    parked: int

    @property
    def url(self) -> str:
        return f"tasks/{self.task.pk}/annotations"

    def job_url(self, place: int = 0) -> str:
        return f"jobs/{self.jobs[place].pk}/annotations"


def make_drawable(owner: User | None, *segments: tuple[int, int], **said: Any) -> Drawable:
    """Frames of 640 by 480, as many as the segments (first, last frame) have."""
    segments = segments or ((0, 9),)
    size, moment = max(stop for _, stop in segments) + 1, timezone.now()
    values = {"name": "street", "mode": Task.IMAGES, "overlap": 0, "created_at": moment, "updated_at": moment, **said}
    step, start = values.pop("step", 1), values.pop("start_frame", 0)
    task = Task.objects.create(owner=owner, assignee=owner, **values)
    data = Data.objects.create(
        task=task, folder=f"drawn-{task.pk}", size=size, chunk_size=72, image_quality=70, made_at=moment,
        start_frame=start, stop_frame=start + (size - 1) * step, frame_filter=f"step={step}" if step > 1 else "",
    )  # fmt: skip
    Frame.objects.bulk_create(
        Frame(
            data=data, number=number, source_frame=start + number * step, name=f"img_{number:03}.png",
            stored=f"img_{number:03}.png", width=640, height=480,
        )
        for number in range(size)
    )  # fmt: skip
    jobs = []
    for first, last in segments:
        segment = Segment.objects.create(task=task, start_frame=first, stop_frame=last)
        jobs.append(Job.objects.create(task=task, segment=segment))
    car = Label.objects.create(task=task, name="car", color="#2080c0")
    person = Label.objects.create(task=task, name="person", color="#c06060")
    model = Attribute.objects.create(
        label=car, name="model", mutable=False, input_type="select", default_value="mazda", values="bmw\nmazda"
    )
    parked = Attribute.objects.create(
        label=car, name="parked", mutable=True, input_type="checkbox", default_value="false", values="false"
    )
    return Drawable(task, jobs, car.pk, person.pk, model.pk, parked.pk)


def marks(*, tags: Any = (), shapes: Any = (), tracks: Any = ()) -> dict[str, Any]:
    """A body."""
    return {"version": 0, "tags": list(tags), "shapes": list(shapes), "tracks": list(tracks)}


def box(label: int, frame: int = 0, points: Any = (10, 20, 110, 80), **said: Any) -> dict[str, Any]:
    """A rectangle, with all that is required."""
    return {
        "type": "rectangle", "occluded": False, "points": list(points), "frame": frame, "label_id": label,
        "group": 0, "attributes": [], **said,
    }  # fmt: skip


def tag(label: int, frame: int = 0, **said: Any) -> dict[str, Any]:
    return {"frame": frame, "label_id": label, "group": 0, "attributes": [], **said}


def keyframe(frame: int, points: Any = (10, 20, 110, 80), **said: Any) -> dict[str, Any]:
    return {
        "type": "rectangle", "occluded": False, "outside": False, "points": list(points), "frame": frame,
        "attributes": [], **said,
    }  # fmt: skip


def track(label: int, *shapes: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {
        "frame": shapes[0]["frame"], "label_id": label, "group": 0, "attributes": [], "shapes": list(shapes), **said
    }  # fmt: skip
