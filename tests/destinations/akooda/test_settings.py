from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.destinations.akooda import LIMITS, PLUGIN
from crmsync.destinations.akooda.settings import AkoodaSettings

LEAST = {"tenant_id": "${AKOODA_TENANT_ID}", "api_key": "${AKOODA_API_KEY}"}


def settings(**keys: object) -> AkoodaSettings:
    return AkoodaSettings.model_validate({**LEAST, **keys})


def test_credentials_are_all_that_is_needed():
    plugin = PLUGIN.tailor(PLUGIN, settings())
    assert settings().base_url == "https://dev.akooda.co"
    assert plugin.limits == LIMITS
    assert plugin.fields == PLUGIN.fields


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_limit", "fast"),
        ("timeout", "30"),
        ("timeout", "0s"),
        ("in_flight", 0),
        ("max_payloads", 1001),
        ("extra_stages", [""]),
        ("tenant", "x"),
        ("api_key", 7),
    ],
)
def test_a_wrong_key_is_a_fault_of_that_key(key, value):
    with pytest.raises(ValidationError) as caught:
        settings(**{key: value})
    assert [error["loc"][0] for error in caught.value.errors()] == [key]


def test_every_key_says_what_it_means():
    assert descriptions(AkoodaSettings).keys() == AkoodaSettings.model_fields.keys()


def test_an_account_has_its_own_batches_and_enums():
    own = settings(max_payloads=1, in_flight=4, extra_stages=["Onboarding"], extra_risks=["None"])
    plugin = PLUGIN.tailor(PLUGIN, own)
    assert (plugin.limits.max_payloads, plugin.limits.in_flight) == (1, 4)
    assert plugin.fields["properties.stage"].choices[-1] == "ONBOARDING"
    assert plugin.fields["properties.risk"].choices[-1] == "NONE"
    assert PLUGIN.fields["properties.risk"].choices == ("LOW", "MEDIUM", "HIGH")


def test_rates_and_durations_stay_as_they_were_written():
    own = settings(rate_limit="60/60s", timeout="1m")
    assert (own.rate_limit, own.timeout) == ("60/60s", "1m")
