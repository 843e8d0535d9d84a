from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.destinations.atoka.settings import AtokaSettings
from tests.destinations.atoka.accounts import settings


def test_a_token_is_all_that_is_needed():
    least = settings()
    assert least.base_url == "https://api.atoka.io"
    assert (least.note_tag, least.first_sight, least.app_user_id) == (True, "event", None)
    assert least.rules.looks == (5.0, 30.0, 120.0)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token", 7),
        ("app_user_id", ""),
        ("note_tag", "on"),
        ("max_note", 20),
        ("readback_after", []),
        ("readback_after", ["5"]),
        ("readback_after", ["0s", "5s"]),
        ("readback_after", ["30s", "5s"]),
        ("readback_after", ["5s", "5s"]),
        ("first_sight", "none"),
        ("dates", "always"),
        ("min_confidence", 0.4),
        ("in_flight", 0),
        ("rate_limit", "fast"),
        ("timeout", "0s"),
        ("tag", True),
    ],
)
def test_a_wrong_key_is_a_fault_of_that_key(key, value):
    with pytest.raises(ValidationError) as caught:
        settings(**{key: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {key}


def test_every_key_says_what_it_means():
    assert descriptions(AtokaSettings).keys() == AtokaSettings.model_fields.keys()


def test_the_looks_are_read_in_seconds():
    assert settings(readback_after=["0.1s", "2m"]).rules.looks == (0.1, 120.0)
