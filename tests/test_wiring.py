"""From a configuration to plans: names, choices, presets, ranks, and every fault at once."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest

from crmsync.config.loading import load
from crmsync.errors import ConfigError
from crmsync.wiring import Selection, Workspace

ACCOUNTS = """
[sources.emea]
type = "hubspot"
access_token = "${TOKEN}"
[sources.hubspot]
access_token = "${TOKEN}"
[destinations.akooda]
tenant_id = "${TENANT}"
api_key = "${KEY}"
extra_stages = ["PILOT"]
max_payloads = 7
"""
SYNC = 'object = "companies"\ndestination = "akooda"\n'
TWO = f'{ACCOUNTS}[syncs.us]\nsource = "hubspot"\n{SYNC}[syncs.eu]\nsource = "emea"\n{SYNC}'
OFF = "enabled = false\n"


@pytest.fixture
def workspace(tmp_path):
    """Makes a workspace of a configuration's text."""

    def make(text: str) -> Workspace:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return Workspace(load(path))

    return make


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(), ["us", "eu"]),
        (Selection(sources=("emea",)), ["eu"]),
        (Selection(destinations=("akooda",), syncs=("us",)), ["us"]),
    ],
    ids=["all", "by source", "by destination and sync"],
)
def test_what_is_chosen_is_planned_in_the_files_order(workspace, selection, names):
    assert [plan.name for plan in workspace(TWO).plans(selection)] == names


def test_a_sync_that_is_off_runs_when_it_is_named(workspace):
    off = workspace(TWO + OFF)
    assert [plan.name for plan in off.plans(Selection())] == ["us"]
    assert [plan.name for plan in off.plans(Selection(syncs=("eu",)))] == ["eu"]


@pytest.mark.parametrize(
    ("selection", "told"),
    [
        (Selection(syncs=("uk",)), 'there is no "uk"; there are: us, eu'),
        (Selection(sources=("salesforce",)), 'there is no "salesforce"; there are: emea, hubspot'),
        (Selection(sources=("emea",), syncs=("us",)), "no enabled sync fits the choice"),
    ],
    ids=["sync", "source", "nothing fits"],
)
def test_a_choice_of_nothing_says_what_there_is(workspace, selection, told):
    with pytest.raises(ConfigError, match=told):
        workspace(TWO).plans(selection)


def test_the_faults_of_every_syncs_mapping_are_told_at_once(workspace):
    fault = '\n[syncs.{}.fields]\n"properties.{}" = "name"'
    with pytest.raises(ConfigError) as caught:
        workspace(TWO + fault.format("us", "fone") + fault.format("eu", "sise")).plans(Selection())
    assert [problem.field for problem in caught.value.problems] == [
        'syncs.us.fields."properties.fone"',
        'syncs.eu.fields."properties.sise"',
    ]


def test_ones_own_fields_stand_on_the_preset_or_alone(workspace):
    own = '[syncs.eu.fields]\ndomain = "site"\n"properties.phone" = false\n'
    with_preset = workspace(TWO + own).plans(Selection(syncs=("eu",)))[0]
    alone = workspace(f'{TWO}preset = "none"\n{own}').plans(Selection(syncs=("eu",)))[0]
    assert {"site", "name"} <= with_preset.mapper.paths
    assert "phone" not in with_preset.mapper.paths
    assert alone.mapper.paths == {"site"}


def test_the_destinations_settings_change_what_it_takes(workspace):
    (plan, _) = workspace(TWO).plans(Selection())
    assert "PILOT" in plan.plugin.fields["properties.stage"].choices
    assert plan.plugin.limits.max_payloads == 7
    assert plan.method == "upsert"


def test_the_source_that_stands_first_outranks_the_other(workspace):
    (plan, _) = workspace(TWO).plans(Selection())
    assert plan.ranks == {"us": (0, 1), "eu": (0, 0)}


def test_a_relative_ledger_lies_beside_the_configuration(workspace, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    with workspace(TWO) as opened:
        opened.ledger().pin("us", "1")
    assert (tmp_path / "crmsync.db").is_file()
    assert list(elsewhere.iterdir()) == []


def test_a_ledger_for_reading_makes_no_file(workspace, tmp_path):
    with workspace(TWO) as opened:
        assert opened.ledger(read_only=True).sync_state("us").cursor is None
    assert not (tmp_path / "crmsync.db").exists()


def test_an_account_that_is_not_there_is_told(workspace):
    with pytest.raises(ConfigError, match='there is no "nope"'):
        workspace(TWO).open_source("nope")
    assert workspace(TWO).objects("emea") == ("companies", "deals", "deal_stage_changes")


def test_who_waits_at_a_terminal_has_less_patience_than_the_configuration(workspace, tmp_path):
    workspace(f'limits.max_wait = "5s"\n{TWO}')
    loaded = load(tmp_path / "config.toml")
    capped = Workspace(loaded, patience=20.0)._context("sources", loaded.config.sources["emea"])
    whole = Workspace(loaded)._context("sources", loaded.config.sources["emea"])
    assert (capped.retry_for, capped.max_wait) == (20.0, 5.0)
    assert (whole.retry_for, whole.max_wait) == (300.0, 5.0)


def test_all_who_open_an_account_in_a_run_keep_its_limits_together(workspace):
    opened = workspace(TWO)
    emea, hubspot = (opened.config.sources[name] for name in ("emea", "hubspot"))
    source = opened._context("sources", emea, "us")
    assert opened._context("sources", emea, "eu").paces is source.paces
    assert opened._context("sources", hubspot).paces is not source.paces
    assert opened._context("destinations", emea).paces is not source.paces


class Meeting(dict[Any, Any]):
    """Lets another thread ask while it is first asked, if that can happen then."""

    def __init__(self, other):
        self.thread = Thread(target=other)

    def get(self, *given):
        found = super().get(*given)
        if self.thread.ident is None:
            self.thread.start()
            self.thread.join(0.1)
        return found


def test_runs_that_begin_at_once_open_an_account_with_one_pace(workspace):
    opened, found = workspace(TWO), []

    def opens():
        found.append(opened._context("sources", opened.config.sources["hubspot"]).paces)

    opened._paces = meeting = Meeting(opens)
    opens()
    meeting.thread.join()
    assert found[0] is found[1]


ATOKA = '[destinations.{name}]\ntype = "atoka"\ntoken = "${{TOKEN}}"\n'


def test_the_only_atoka_is_meant_where_none_is_named_and_each_by_its_name(workspace):
    one = workspace(TWO + ATOKA.format(name="leads"))
    assert one.with_events() == one.with_events("leads") == "leads"
    one.open_events().close()
    several = workspace(TWO + ATOKA.format(name="it") + ATOKA.format(name="es"))
    assert several.with_events("es") == "es"


@pytest.mark.parametrize(
    ("tables", "name", "told"),
    [
        ("", None, "the file has no destination of that type"),
        ("", "akooda", "the file has no destination of that type"),
        (ATOKA.format(name="a") + ATOKA.format(name="b"), None, "several of type atoka: a, b"),
        (ATOKA.format(name="a"), "akooda", '"akooda" is not of type atoka'),
        (ATOKA.format(name="a"), "none", 'there is no "none"'),
    ],
    ids=["none", "another where there is none", "several", "another", "unknown"],
)
def test_an_atoka_that_cannot_be_told_is_a_fault(workspace, tables, name, told):
    with pytest.raises(ConfigError, match=told) as caught:
        workspace(TWO + tables).open_events(name)
    assert caught.value.hint
