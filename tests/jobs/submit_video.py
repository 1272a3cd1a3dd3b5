"""python -m tests.jobs.submit_video FRAMES KEY_EVERY: tables, a person, and a video of theirs, as if uploaded."""

import sys

import django


def main(frames: int, key_every: int) -> None:
    django.setup()
    from django.core.files.uploadedfile import TemporaryUploadedFile
    from django.core.management import call_command

    from quintet.services.masks.actions import submit_video
    from quintet.services.masks.tests.makers import make_person
    from quintet.services.masks.tests.video_makers import make_clip

    call_command("migrate", verbosity=0)
    upload = TemporaryUploadedFile("clip.mp4", "video/mp4", 0, None)
    upload.write(
        make_clip(width=640, height=480, frames=frames, key_every=key_every, rate=12, numbered=True, sound="aac")
    )
    upload.flush()
    submit_video(make_person(), upload)


if __name__ == "__main__":
    main(*(int(said) for said in sys.argv[1:]))
