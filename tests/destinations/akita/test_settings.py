from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.destinations.akita.settings import AkitaSettings

LEAST = {"api_key": "${AKITA_API_KEY}"}


def settings(**keys: object) -> AkitaSettings:
    return AkitaSettings.model_validate({**LEAST, **keys})


def test_a_key_is_all_that_is_needed():
    own = settings()
    assert own.base_url == "https://api.akitaapp.com"
    assert (str(own.rate), own.in_flight, own.timezone) == ("110/60s", 4, "UTC")
    assert own.roles == {"CSM": 6}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_limit", "fast"),
        ("timeout", "0s"),
        ("in_flight", 0),
        ("timezone", "Mars/Olympus"),
        ("roles", {"CSM": "6"}),
        ("role_holders", []),
        ("tags", {"VIP": 0}),
        ("traits", {"plan": "date"}),
        ("key", "x"),
        ("api_key", 7),
    ],
)
def test_a_wrong_key_is_a_fault_of_that_key(key, value):
    with pytest.raises(ValidationError) as caught:
        settings(**{key: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {key}


def test_every_key_says_what_it_means():
    assert descriptions(AkitaSettings).keys() == AkitaSettings.model_fields.keys()


@pytest.mark.parametrize(
    ("accounts", "seconds"),
    [(0, 0), (1, 0), (111, 60), (10_000, 9_999 * 60 / 110)],  # 91 minutes
)
def test_how_long_a_run_takes_is_known_before_it_starts(accounts, seconds):
    assert settings().seconds_for(accounts) == pytest.approx(seconds)
