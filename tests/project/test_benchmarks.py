"""The benchmarks compare what they say they compare."""

from __future__ import annotations

import tomllib

from benchmarks.floor import PROPERTIES
from benchmarks.run import CONFIG
from crmsync.destinations.akooda import PLUGIN
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.presets import load_preset
from crmsync.mapping.spec import parse_rules
from crmsync.sources.hubspot.objects import COMPANIES, wanted


def test_the_floor_reads_the_properties_that_the_run_reads():
    own = tomllib.loads(CONFIG.format(crm="http://127.0.0.1", platform="http://127.0.0.1"))[
        "syncs"
    ]["companies"]["fields"]
    rules, problems = parse_rules(load_preset("hubspot", "companies", "akooda") | own, path="x")
    mapping = compile_mapping(rules, plugin=PLUGIN, path="x", filter={}, object_name="companies")

    assert not problems
    assert sorted(wanted(COMPANIES, mapping.paths).properties) == sorted(PROPERTIES.split(","))
    assert len(PROPERTIES.split(",")) == 40
