"""Settings: read from text, refused when they cannot be, overridden in tests."""

from typing import Any

import pytest

from quintet.core import conf


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (conf.TRUSTED_PROXIES, "2", 2),
        (conf.HTTPS, "yes", True),
        (conf.HTTPS, "0", False),
        (conf.SPA_ORIGINS, "https://a.example, https://b.example", ("https://a.example", "https://b.example")),
        (conf.EXPOSURE, "network", "network"),
    ],
)
def test_a_setting_is_read_from_text(setting: Any, text: str, value: object) -> None:
    assert setting.read({setting.variable: text}) == value


@pytest.mark.parametrize(
    ("setting", "text"), [(conf.TRUSTED_PROXIES, "-1"), (conf.HTTPS, "maybe"), (conf.EXPOSURE, "everything")]
)
def test_what_it_cannot_be_is_refused_by_its_name(setting: Any, text: str) -> None:
    with pytest.raises(conf.BadSetting, match=setting.variable):
        setting.read({setting.variable: text})


def test_a_default_may_depend_on_the_exposure(settings: Any) -> None:
    setting: conf.Setting[str] = conf.Setting(
        "A_TEST", lambda: "open" if conf.is_open() else "capped", "of this test", parse=str, kind="text"
    )
    conf._TABLE.pop("A_TEST")
    assert setting.value == "open"
    settings.QUINTET_EXPOSURE = "network"
    assert setting.value == "capped"


def test_without_a_word_the_server_is_guarded(settings: Any) -> None:
    del settings.QUINTET_EXPOSURE
    assert conf.is_open() is False
