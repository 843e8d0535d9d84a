"""A company that is forgotten: no byte of it in any file or log, and none later."""

from __future__ import annotations

import json

import pytest

from tests.e2e.world import SYNC

pytestmark = pytest.mark.security(60)


def files(world):
    """Every byte beside the configuration: the ledger, its journal and its locks."""
    found = (one for one in world.folder.rglob("*") if one.is_file())
    return b"".join(one.read_bytes() for one in found)


def test_a_forgotten_company_is_in_no_file_and_no_log_and_comes_back_to_none(world):
    assert world.run().code == 0
    domain = max(world.held(), key=len)
    entity = world.held()[domain]
    traces = {domain, entity["properties"]["displayName"], entity["properties"]["objectId"]}
    (company,) = traces & {entity["properties"]["objectId"]}
    traces.discard(company)
    assert all(trace.encode() in files(world) for trace in traces)

    told = world.crmsync("forget", SYNC, company, "--yes", "--json")
    assert (told.code, json.loads(told.out)["delivered_to"]) == (0, [domain])
    assert [trace for trace in traces if trace.encode() in files(world)] == []

    world.ask("/hubspot/set", {"id": company, "properties": {"city": "Lund"}})
    for more in ([], ["--full"]):
        again = world.afresh("--log-level", "debug", "run", "--json", *more)
        assert (again.code, again.sync["counts"]["filtered"]) == (0, 1)
        everything = files(world) + (again.out + again.err).encode()
        assert [trace for trace in traces if trace.encode() in everything] == []
