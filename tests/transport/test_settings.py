from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from crmsync.transport.settings import TABLE, Duration, RateLimit, Timeout


class Settings(BaseModel):
    model_config = TABLE

    overlap: Duration = "10m"
    timeout: Timeout = "30s"
    rate_limit: RateLimit | None = None


@pytest.mark.parametrize(
    "table",
    [
        {"timeout": "0s"},
        {"timeout": "soon"},
        {"overlap": 5},
        {"rate_limit": "fast"},
        {"tiemout": "5s"},
    ],
    ids=["no time", "no duration", "a number", "no rate", "an unknown key"],
)
def test_a_value_that_means_nothing_is_refused(table):
    with pytest.raises(ValidationError):
        Settings.model_validate(table)


def test_values_stay_as_they_were_written():
    table = {"overlap": "0s", "timeout": "2.5s", "rate_limit": "110/60s"}

    assert Settings.model_validate(table).model_dump() == table
