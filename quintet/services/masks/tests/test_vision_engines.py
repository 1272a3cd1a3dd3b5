"""What runs the models, and what happens when the machine has not got it."""

import logging
from importlib.util import find_spec
from pathlib import Path
from threading import Thread

import numpy as np
import PIL.Image
import pytest

from quintet.services.masks import queries
from quintet.services.masks.interface import why_models_run_elsewhere
from quintet.services.masks.vision import load_detector

PIXELS = np.array(PIL.Image.effect_mandelbrot((320, 240), (-2, -1.2, 1, 1.2), 60).convert("RGB"))
LOCK = Path(__file__).parents[4] / "requirements.lock"


def test_a_provider_that_is_not_here_is_named_and_the_cpu_does_its_work(
    settings: object, caplog: pytest.LogCaptureFixture
) -> None:
    settings.QUINTET_MASKS_PROVIDERS = ("NobodysExecutionProvider",)  # type: ignore[attr-defined]

    with caplog.at_level(logging.WARNING):
        detector = queries.picture_detector()

    assert detector.detect(PIXELS, 0.02) == load_detector("accurate").detect(PIXELS, 0.02)
    assert "no NobodysExecutionProvider" in caplog.text
    assert "the CPU is used instead" in why_models_run_elsewhere()


def test_nothing_is_wrong_with_what_everybody_has() -> None:
    assert why_models_run_elsewhere() == ""


def test_openvino_is_asked_for_and_not_installed(settings: object) -> None:
    if find_spec("openvino") is not None:
        pytest.skip("openvino is installed: it cannot be missed")
    settings.QUINTET_MASKS_RUNTIME = "openvino"  # type: ignore[attr-defined]

    assert "quintet[openvino]" in why_models_run_elsewhere()
    assert queries.picture_detector().detect(PIXELS, 0.02) == load_detector("accurate").detect(PIXELS, 0.02)


def test_openvino_is_in_no_lock() -> None:
    assert "openvino" not in LOCK.read_text(encoding="utf-8")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", ["accurate", "fast"])
def test_openvino_finds_the_same_faces_from_many_threads_at_once(name: str) -> None:
    if find_spec("openvino") is None:
        pytest.skip("openvino is not installed: pip install 'quintet[openvino]'")
    theirs, ours = load_detector(name, runtime="openvino"), load_detector(name)
    expected = {turn: ours.detect(np.roll(PIXELS, 40 * turn, 1), 0.01) for turn in range(4)}
    found = {}

    def look(turn: int) -> None:
        found[turn] = theirs.detect(np.roll(PIXELS, 40 * turn, 1), 0.01)

    threads = [Thread(target=look, args=(turn,)) for turn in expected]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for turn, faces in expected.items():
        assert len(faces) > 0
        # Eight bits are rounded elsewhere: what is nearly nothing differs a little.
        assert found[turn][0].score == pytest.approx(faces[0].score, abs=0.05)
        assert found[turn][0].box == pytest.approx(faces[0].box, abs=8)
