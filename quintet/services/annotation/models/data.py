"""What a task's frames are made of."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from quintet.services.annotation.models.tasks import Task


class Data(models.Model):
    """The frames of one task, put together from one or more uploads.

    folder          in the store: everything that was uploaded lies there
    chunk_size      frames per chunk; None until the first upload was read
    size            number of frames, after selection
    start_frame …   as the first upload asked for them
    *_chunk_type    imageset or video
    deleted_frames  numbers of frames that nobody should annotate, ascending
    made_at         when frames last came; what a client has of it since is still good
    """

    IMAGESET, VIDEO = "imageset", "video"

    id: int
    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="data")
    folder = models.CharField(max_length=64, unique=True)
    chunk_size = models.PositiveIntegerField(null=True)
    size = models.PositiveIntegerField(default=0)
    image_quality = models.PositiveSmallIntegerField()
    start_frame = models.PositiveIntegerField(default=0)
    stop_frame = models.PositiveIntegerField(default=0)
    frame_filter = models.CharField(max_length=256, blank=True)
    compressed_chunk_type = models.CharField(max_length=8, default=IMAGESET)
    original_chunk_type = models.CharField(max_length=8, default=IMAGESET)
    deleted_frames = models.JSONField(default=list)
    made_at = models.DateTimeField()


class Upload(models.Model):
    """One POST of data: what was asked for, and how far it is. The newest one tells how far its task is.

    told      start_frame, stop_frame, step, chunk_size, use_zip_chunks; what was not said is left out
    files     [{"kind": "client" | "server" | "remote", "name": …, "stored": name in the data's folder}]; what came in
              pieces is a client's, and has another entry of the kind "resumable" with its key
    message   for people: what is being done, or why it failed
    job_id    the deferred action that reads it
    """

    QUEUED, STARTED, FINISHED, FAILED = "Queued", "Started", "Finished", "Failed"
    STATES = (QUEUED, STARTED, FINISHED, FAILED)

    id: int
    data = models.ForeignKey(Data, on_delete=models.CASCADE, related_name="uploads")
    told = models.JSONField(default=dict)
    files = models.JSONField(default=list)
    state = models.CharField(max_length=8, default=QUEUED, choices=[(state, state) for state in STATES])
    message = models.CharField(max_length=1000, blank=True)
    job_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()


class Frame(models.Model):
    """One image of a task; of a video there is one row for all its frames.

    number         0 … size-1
    source_frame   its number in the upload, before selection
    name           as people know it: the path relative to the upload
    stored         the file it is in, in the data's folder; with `share:` in front a path on the share
    member         where in that file: a path in a ZIP, a page of a PDF; empty: all of it
    """

    id: int
    data = models.ForeignKey(Data, on_delete=models.CASCADE, related_name="frames", db_index=False)
    number = models.PositiveIntegerField()
    source_frame = models.PositiveIntegerField()
    name = models.CharField(max_length=1024)
    stored = models.CharField(max_length=1024)
    member = models.CharField(max_length=1024, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["data", "number"], name="frame_numbers_differ"),
        ]


class Resumable(models.Model):
    """One file that comes in pieces, by tus 1.0, for a task that may have no data yet. Its bytes lie in a file that is
    called after the key; how many there are is that file's length, which is never behind this row.

    key       in its address
    name      as people know it, folders included
    metadata  as the client said it, to be told again
    size      of the whole file; None as long as the client has not said it
    offset    bytes that were here at the end of the newest request
    """

    id: int
    key = models.CharField(max_length=40, unique=True)
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="resumables")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=1024)
    metadata = models.TextField(blank=True)
    size = models.PositiveBigIntegerField(null=True)
    offset = models.PositiveBigIntegerField(default=0)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField(db_index=True)
