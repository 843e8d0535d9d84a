from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmsync.config.loading import load
from crmsync.errors import ConfigError
from crmsync.receipts import Severity
from tests.config.conftest import DESTINATION, SOURCE, SYNC
from tests.examples import CHARACTERS, examples

GOOD = SOURCE + DESTINATION + SYNC
CANARY = "pat-canary-4711"

FAULTS = [
    ("unknown_table", "[source.x]\n" + GOOD, "source", 'did you mean "sources"?'),
    ("no_sources", DESTINATION + SYNC, "sources", "is required"),
    ("no_destinations", SOURCE + SYNC, "destinations", "is required"),
    ("no_syncs", SOURCE + DESTINATION, "syncs", "is required"),
    ("sources_no_table", "sources = 1\n" + DESTINATION + SYNC, "sources", "must be a table"),
    ("sync_no_table", SOURCE + DESTINATION + "[syncs]\nx = 1", "syncs.x", "must be a table"),
    ("limits_key", GOOD + '[limits]\nretry_fo = "1m"', "limits.retry_fo", '"retry_for"'),
    ("duration_number", GOOD + "[limits]\nretry_for = 5", "limits.retry_for", '"5m"'),
    ("duration_unit", GOOD + '[limits]\nmax_wait = "5y"', "limits.max_wait", '"5m"'),
    ("state_postgres", GOOD + '[state]\nurl = "postgresql://x"', "state.url", "name a database"),
    ("state_keep", GOOD + '[state]\nkeep = "12h"', "state.keep", "must be a day or longer"),
    ("duration_eternal", GOOD + '[state]\nkeep = "999999999d"', "state.keep", "at most"),
    ("interval_eternal", GOOD + 'schedule = "every 36501d"', "syncs.main.schedule", "at most"),
    ("state_no_file", GOOD + '[state]\nurl = "sqlite:///"', "state.url", "sqlite:///"),
    ("sync_key", GOOD + "on_delte = 1", "syncs.main.on_delte", 'did you mean "on_delete"?'),
    ("on_delete", GOOD + 'on_delete = "drop"', "syncs.main.on_delete", "'ignore' or 'disable'"),
    ("enabled_text", GOOD + 'enabled = "yes"', "syncs.main.enabled", "must be true or false"),
    ("schedule", GOOD + 'schedule = "15 2 * *"', "syncs.main.schedule", "this has 4 fields"),
    ("schedule_no_text", GOOD + "schedule = 15", "syncs.main.schedule", "must be text"),
    ("timezone", GOOD + 'timezone = "Stockholm"', "syncs.main.timezone", '"Europe/Stockholm"'),
    ("missing_key", GOOD + 'missing_key = "no"', "syncs.main.missing_key", "'quarantine'"),
    ("cleared", GOOD + 'cleared = ""', "syncs.main.cleared", "'null' or 'omit'"),
    ("filter", GOOD + "filter = { stage = [] }", "syncs.main.filter.stage", "must be a text"),
    ("guard_key", GOOD + "guards.blnk = 1", "syncs.main.guards.blnk", 'did you mean "blank"?'),
    ("guard_share", GOOD + "guards.blank = 1.5", "syncs.main.guards.blank", "at most 1"),
    ("guard_count", GOOD + "guards.minimum = -1", "syncs.main.guards.minimum", "at least 0"),
    ("method", GOOD + 'method = "put"', "syncs.main.method", "there are: upsert, update"),
    ("sync_name", GOOD + '[syncs."a b"]', 'syncs."a b"', "letters, digits"),
    ("missing_source", SOURCE + DESTINATION + "[syncs.x]", "syncs.x.source", "is required"),
    (
        "unknown_source",
        GOOD.replace('source = "hubspot"', 'source = "hubspto"'),
        "syncs.main.source",
        'did you mean "hubspot"?',
    ),
    (
        "unknown_object",
        GOOD.replace("companies", "company"),
        "syncs.main.object",
        'did you mean "companies"?',
    ),
    (
        "unknown_destination",
        GOOD.replace('destination = "akooda"', 'destination = "akita"'),
        "syncs.main.destination",
        "there are: akooda",
    ),
]


@pytest.mark.parametrize(
    ("text", "path", "words"), [row[1:] for row in FAULTS], ids=[row[0] for row in FAULTS]
)
def test_each_fault_is_told_with_its_path_and_what_would_be_right(faults, text, path, words):
    found = faults(text)
    assert words in found[path]


def test_a_configuration_without_a_fault_is_loaded(write):
    config = load(write(GOOD)).config
    assert config.sources["hubspot"].type == "hubspot"
    assert config.syncs["main"].full_every == 7 * 86_400
    assert config.limits.max_wait == 900


def test_all_faults_of_all_tables_are_told_at_once(faults):
    found = faults(
        "[limits]\nx = 1\n"
        + SOURCE
        + "y = 1\n"
        + DESTINATION
        + "z = 1\n"
        + SYNC.replace("companies", "nothing")
        + 'schedule = "no"\n'
    )
    assert set(found) == {
        "limits.x",
        "sources.hubspot.y",
        "destinations.akooda.z",
        "syncs.main.schedule",
    }


def test_a_faulty_sync_still_has_its_references_checked(faults):
    found = faults(SOURCE + DESTINATION + SYNC.replace("companies", "deels") + "bad = 1")
    assert set(found) == {"syncs.main.bad", "syncs.main.object"}


@pytest.mark.security(3)
def test_a_literal_secret_is_a_warning_that_does_not_show_it(write):
    loaded = load(write(GOOD.replace("${HUBSPOT_ACCESS_TOKEN}", CANARY)))
    (warning,) = loaded.warnings
    assert warning.field == "sources.hubspot.access_token"
    assert warning.severity is Severity.WARNING
    assert CANARY not in repr(loaded)


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620], ids=oct)
@pytest.mark.security(9)
def test_a_literal_secret_that_others_can_read_is_refused_with_the_chmod_to_run(write, mode):
    path = write(GOOD.replace("${KEY}", CANARY), mode)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert f"chmod 600 {path}" in str(caught.value)
    assert "destinations.akooda.api_key" in str(caught.value)
    assert CANARY not in str(caught.value)


def test_references_may_be_read_by_others(write):
    assert load(write(GOOD, 0o644)).warnings == ()


def test_made_up_secrets_of_a_simulator_may_be_read_by_others(write):
    local = 'base_url = "http://127.0.0.1:1/hubspot"\n'
    text = SOURCE.replace("${HUBSPOT_ACCESS_TOKEN}", "sandbox") + local + DESTINATION + SYNC
    assert len(load(write(text, 0o644)).warnings) == 1


@pytest.mark.parametrize("table", ["sources.hubspot", "sources", "syncs.main.fields", "a"])
def test_sec40_a_table_of_a_thousand_levels_is_refused_in_words(faults, table):
    found = faults(f"{SOURCE}{DESTINATION}{SYNC}[{table}{'.a' * 1_000}]\nx = 1")
    assert any(path.startswith(f"{table}.a") or path == "a" for path in found)


@pytest.mark.security(3)
def test_no_fault_shows_a_credential(faults):
    text = SOURCE.replace('"${HUBSPOT_ACCESS_TOKEN}"', f'["{CANARY}"]') + DESTINATION + SYNC
    found = faults(text + f'schedule = "{CANARY}"\ntimezone = "{CANARY}"')
    assert set(found) == {
        "sources.hubspot.access_token",
        "syncs.main.schedule",
        "syncs.main.timezone",
    }
    assert CANARY not in repr(found)


_SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(10**6), 10**6),
    st.text(CHARACTERS, max_size=8).map(lambda t: f"'''{t}'''"),
)
_KEYS = st.sampled_from(
    ["type", "source", "object", "fields", "filter", "guards", "guards.empty", "schedule", "url"]
)
_TABLES = st.sampled_from(
    ["sources.hubspot", "sources.x", "destinations.akooda", "syncs.main", "syncs.b", "limits", "q"]
)


@settings(examples(2), suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(_TABLES, st.dictionaries(_KEYS, _SCALARS, max_size=4)), max_size=5))
@pytest.mark.security(39)
def test_whatever_stands_in_the_file_only_a_config_error_is_raised(write, tables):
    text = "\n".join(
        f"[{name}]\n" + "\n".join(f"{key} = {str(value).lower()}" for key, value in keys.items())
        for name, keys in tables
    )
    path = write(text.encode("utf-8", "replace").decode())
    with suppress(ConfigError):
        assert load(path).path == path


TALKS = (
    '[destinations.talks]\ntype = "datatalks"\naccess_key_id = "${ID}"\n'
    'secret_access_key = "${KEY}"\ngroup_key = "g"\n'
)


def talking(name, *lines, to="talks"):
    """A sync to Data Talks."""
    head = f'[syncs.{name}]\nsource = "hubspot"\nobject = "companies"\ndestination = "{to}"\n'
    return head + "".join(f"{line}\n" for line in lines)


def test_disabling_at_a_platform_that_cannot_is_told_with_what_would_be_right(faults):
    found = faults(SOURCE + TALKS + talking("main", 'on_delete = "disable"'))
    assert found == {
        "syncs.main.on_delete": "datatalks has no way to disable a record; "
        'write on_delete = "ignore"'
    }


def test_events_and_contacts_share_no_account_table(faults):
    event = 'method = "event"'
    second = TALKS.replace("[destinations.talks]", "[destinations.events]")
    assert faults(SOURCE + TALKS + talking("one", event) + talking("two", event)) == {}
    apart = talking("one") + talking("two", event, to="events")
    assert faults(SOURCE + TALKS + second + apart) == {}
    found = faults(SOURCE + TALKS + talking("one") + talking("two", event))
    assert list(found) == ["syncs.two.method"]
    assert "a second table [destinations.NAME]" in found["syncs.two.method"]
