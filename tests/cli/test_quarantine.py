"""What `crmsync quarantine` shows of people: masked, unless it is asked for."""

from __future__ import annotations

import json

import pytest

from crmsync.ledger import open_ledger
from crmsync.receipts import Problem
from crmsync.testing.settlements import refused, settlement
from crmsync.transport.clock import SystemClock
from tests.cli.events_world import configure

pytestmark = pytest.mark.security(59)

BODY = (
    b'{"domain":"acme.com","properties":{"owners":{"jane@acme.com":"CSM"},'
    b'"phone":"+46 8 123 45 67"}}'
)
WHOLE = ("jane@acme.com", "+46 8 123 45 67")
MASKED = ("j***@acme.com", "+46***67")


@pytest.fixture
def quarantine(crmsync, tmp_path, monkeypatch):
    """`crmsync quarantine …` where one record is refused."""
    configure(tmp_path, "http://127.0.0.1:1")
    monkeypatch.setenv("ATOKA_TOKEN", "made-up")
    monkeypatch.setenv("OTHER", "made-up")
    ledger = open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=SystemClock())
    problem = Problem("properties.owners", "REJECTED", '"jane@acme.com" is nobody')
    ledger.settle(settlement([refused(body=BODY, problems=(problem,))], sync="main"))
    ledger.close()
    return lambda *words: crmsync("quarantine", *words)


@pytest.mark.parametrize("words", [("show", "1"), ("show", "1", "--json"), ("list", "--json")])
def test_addresses_and_numbers_are_masked_and_it_says_so(quarantine, words):
    ended = quarantine(*words)
    assert [text for text in WHOLE if text in ended.out] == []
    assert [text for text in MASKED if text not in ended.out] == []
    assert "are masked: --reveal shows them" in ended.err


@pytest.mark.parametrize("words", [("show", "1"), ("show", "1", "--json"), ("list", "--json")])
def test_they_are_shown_to_who_asks(quarantine, words):
    ended = quarantine(*words, "--reveal")
    assert [text for text in WHOLE if text not in ended.out] == []
    assert "masked" not in ended.err


def test_the_list_masks_its_reasons(quarantine):
    assert '"j***@acme.com" is nobody' in quarantine("list").out
    assert '"jane@acme.com" is nobody' in quarantine("list", "--reveal").out


def test_an_export_is_asked_for_and_has_them_whole(quarantine):
    (line,) = quarantine("export").out.splitlines()
    assert json.loads(line)["payload"]["properties.owners"] == {"jane@acme.com": "CSM"}
    assert "jane@acme.com" in quarantine("export", "--format", "csv").out
