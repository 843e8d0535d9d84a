from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.destinations.datatalks import LIMITS, PLUGIN
from crmsync.destinations.datatalks.settings import DataTalksSettings, Group
from tests.destinations.datatalks.account import LEAST, settings

RULE = {"group_key": "se1", "when": {"country": "Sweden"}}


def test_credentials_and_a_group_key_are_all_that_is_needed():
    own = settings()
    plugin = PLUGIN.tailor(PLUGIN, own)
    assert (own.base_url, own.path) == ("https://api.datatalks.se", "/v1/contacts")
    assert (own.signing_region, own.service) == ("eu-west-1", "execute-api")
    assert plugin.limits == LIMITS
    assert plugin.key == "crm_id"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate_limit", "fast"),
        ("timeout", "0s"),
        ("in_flight", 0),
        ("in_flight", 33),
        ("secret", "x"),
        ("access_key_id", 7),
        ("group_key", ""),
        ("contact_key", "owners"),
        ("contact_key", "group_key"),
        ("path", "v1/contacts"),
        ("path", "/v1/con tacts"),
        ("event_path", "/v1/events#x"),
        ("flatten", "yes"),
        ("groups", [{"group_key": "a"}]),
        ("groups", [{"group_key": "a", "when": {}}]),
        ("groups", [{"group_key": "a", "when": {"x": ""}}]),
        ("groups", [{"when": {"x": "y"}}]),
        ("groups", [{**RULE, "else": "b"}]),
    ],
)
def test_a_wrong_key_is_a_fault_of_that_key(key, value):
    with pytest.raises(ValidationError) as caught:
        settings(**{key: value})
    assert caught.value.errors()[0]["loc"][0] == key


@pytest.mark.parametrize("more", [{"groups": [RULE]}, {"group_default": "rest"}])
def test_one_group_key_goes_without_rules(more):
    with pytest.raises(ValidationError, match="goes without groups and group_default"):
        settings(**more)


@pytest.mark.parametrize("default", [None, "rest"])
def test_rules_stand_for_a_group_key(default):
    own = settings(group_key=None, groups=[RULE], group_default=default)
    assert own.groups == [Group(group_key="se1", when={"country": "Sweden"})]


@pytest.mark.parametrize("model", [DataTalksSettings, Group])
def test_every_key_says_what_it_means(model):
    assert descriptions(model).keys() == model.model_fields.keys()


@pytest.mark.parametrize(
    ("base_url", "keys", "region"),
    [
        ("https://x1.execute-api.eu-north-1.amazonaws.com/Production", {}, "eu-north-1"),
        ("https://x1.execute-api.eu-north-1.amazonaws.com", {"region": "us-east-1"}, "us-east-1"),
        ("https://execute-api.eu-north-1.amazonaws.com.evil.se", {}, "eu-west-1"),
        ("https://api.datatalks.se", {"region": "eu-north-1"}, "eu-north-1"),
    ],
)
def test_the_region_is_the_configurations_or_the_gateways_own(base_url, keys, region):
    assert settings(base_url=base_url, **keys).signing_region == region


def test_secrets_do_not_show():
    shown = repr(settings(session_token="temporary-token-1"))
    hidden = (LEAST["access_key_id"], LEAST["secret_access_key"], "temporary-token-1")
    assert [secret for secret in hidden if secret in shown] == []


def test_an_account_has_its_own_requests_in_flight():
    assert PLUGIN.tailor(PLUGIN, settings(in_flight=3)).limits.in_flight == 3
