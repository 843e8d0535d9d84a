from __future__ import annotations

import pytest
from pydantic import ValidationError

from crmsync.config.describing import descriptions
from crmsync.config.schema import Config, Daemon, Guards, Limits, State, SyncConfig, Table

NEEDED = {"source": "a", "object": "b", "destination": "c"}


@pytest.mark.parametrize("model", [State, Limits, Daemon, Guards, SyncConfig, Config])
def test_every_key_is_described(model: type[Table]):
    assert descriptions(model).keys() == model.model_fields.keys()


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("customer", ("customer",)),
        (["lead", "customer"], ("lead", "customer")),
        (True, ("true",)),
        ([1, 2], ("1", "2")),
    ],
    ids=["text", "list", "boolean", "numbers"],
)
def test_a_filter_takes_one_value_or_several(given, wanted):
    sync = SyncConfig.model_validate(NEEDED | {"filter": {"x": given}})
    assert sync.filter == {"x": wanted}


@pytest.mark.parametrize("given", [[], None, {}, [None], 1.5])
def test_a_filter_takes_nothing_else(given):
    with pytest.raises(ValidationError):
        SyncConfig.model_validate(NEEDED | {"filter": {"x": given}})


def test_a_share_may_be_a_whole_number():
    assert Guards.model_validate({"shortfall": 1}).shortfall == 1.0


def test_what_is_read_does_not_change():
    with pytest.raises(ValidationError):
        State().url = "sqlite:///other.db"


@pytest.mark.parametrize("host", ["crm.example.com", "localhost", "10.0.0.1:8787"])
def test_a_host_is_a_name_with_or_without_a_port(host):
    assert Daemon.model_validate({"http_hosts": [host]}).http_hosts == [host]


@pytest.mark.parametrize("host", ["", "*", "https://crm.example.com", "a/b", "a b"])
def test_a_host_is_nothing_else(host):
    with pytest.raises(ValidationError):
        Daemon.model_validate({"http_hosts": [host]})
