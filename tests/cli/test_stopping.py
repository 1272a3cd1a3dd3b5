"""Who waits in a server does not keep it from stopping."""

import json
import threading
import time
from pathlib import Path

from quintet.services.masks.tests.video_makers import make_clip
from tests.cli.running import Person, serving

# Its processes say goodbye to one another; a request that goes on is waited for ten.
STOPS_WITHIN_SECONDS = 6.0


def test_a_server_that_is_told_to_stop_answers_those_who_wait_for_a_video(tmp_path: Path) -> None:
    clip = make_clip(frames=5)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="video_file"; filename="a.mp4"\r\n\r\n' + clip + b"\r\n--x--\r\n"
    )
    with serving(tmp_path / "data", "--no-worker") as server:
        root = Person(server, "root")
        connection, answer = root.open(
            "/mask_detect/video_calculate/", "POST", body, **{"Content-Type": "multipart/form-data; boundary=x"}
        )
        video = json.loads(answer.read())["url"].removeprefix(server.address)
        connection.close()
        told: list[tuple[int, object]] = []
        waiting = threading.Thread(target=lambda: told.append(root.server.ask(video, **root.cookie)))
        waiting.start()
        time.sleep(0.5)
        assert told == []

        begins_at = time.monotonic()
        assert server.stop() == 0
        waiting.join()
        assert time.monotonic() - begins_at < STOPS_WITHIN_SECONDS
        assert [status for status, _ in told] == [202]
