from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.sources.hubspot.settings import HubSpotSettings


def test_a_token_is_all_that_is_needed():
    settings = HubSpotSettings.model_validate({"access_token": "${HUBSPOT_ACCESS_TOKEN}"})

    assert settings.base_url == "https://api.hubapi.com"
    assert "HUBSPOT" not in repr(settings)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("timeout", "30"),
        ("overlap", "soon"),
        ("rate_limit", "fast"),
        ("api_version", "2026"),
        ("api_version", "v2"),
        ("max_url_bytes", 50),
        ("max_url_bytes", "4000"),
        ("acces_token", "x"),
        ("access_token", ""),
    ],
)
def test_a_wrong_value_is_refused(key, value):
    with pytest.raises(ValidationError) as caught:
        HubSpotSettings.model_validate({"access_token": "pat", key: value})

    assert key in str(caught.value)


def test_every_key_is_explained():
    assert descriptions(HubSpotSettings).keys() == HubSpotSettings.model_fields.keys()
