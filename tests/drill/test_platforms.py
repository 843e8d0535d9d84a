from __future__ import annotations

from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

import pytest

from crmsync.drill.platforms import events, in_disorder, state, told_twice
from crmsync.sandbox.asking import ask

LEAD = "0123456789ab"
TAG = "[cs:0123456789ab]"


@pytest.fixture
def atoka(url):
    ask(url, "/reset", {})
    ask(url, "/atoka/companies", {"items": [{"id": LEAD, "name": "Acme"}]})
    return url


def create(url, note, status="Contacted"):
    body = urlencode(
        {"token": "x", "lead": LEAD, "type": "company", "status": status, "note": note}
    )
    connection = HTTPConnection(urlsplit(url).netloc)
    kind = {"content-type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/atoka/v2/leadevents", body, kind)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    assert answer.status == 200, told


def test_a_lead_event_is_known_by_its_lead_and_its_status(atoka):
    create(atoka, "one")
    assert sum(events("atoka", atoka).values()) == 1
    assert next(iter(events("atoka", atoka))).startswith(LEAD)
    assert state("atoka", atoka) == {}


def test_an_event_with_a_tag_that_another_one_has_was_told_twice(atoka):
    create(atoka, f"one {TAG}")
    assert told_twice("atoka", atoka) == 0
    create(atoka, f"two {TAG}")
    assert told_twice("atoka", atoka) == 1
    assert in_disorder("atoka", atoka) == 0


def test_a_platform_that_was_reset_holds_nothing(url):
    ask(url, "/reset", {})
    for system in ("akooda", "akita", "datatalks"):
        assert state(system, url) == {}
        assert events(system, url) == Counter()
        assert told_twice(system, url) == 0
