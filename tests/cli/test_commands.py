"""Each command against the simulators, through the real adapters, engine and ledger."""

from __future__ import annotations

import json
import stat
import tomllib
from contextlib import closing
from datetime import UTC, datetime

import pytest

from crmsync.ledger import open_ledger
from crmsync.mapping.presets import brought_by_others
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.transport.clock import SystemClock
from tests.installed import install

CONFIG = """
[sources.hubspot]
access_token = "${{TOKEN}}"
base_url = "{url}/hubspot"
[destinations.akooda]
tenant_id = "${{TENANT}}"
api_key = "${{KEY}}"
base_url = "{url}/akooda"
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
missing_key = "quarantine"
[syncs.off]
source = "hubspot"
object = "companies"
destination = "akooda"
enabled = false
"""
CANARY = "canary-4711-credential"


@pytest.fixture(scope="module")
def url():
    with start(SandboxOptions(companies=60)) as sandbox:
        yield sandbox.url


@pytest.fixture
def configured(crmsync, url, tmp_path, monkeypatch):
    (tmp_path / "config.toml").write_text(CONFIG.format(url=url))
    for name in ("TOKEN", "TENANT", "KEY"):
        monkeypatch.setenv(name, CANARY)
    return crmsync


def document(ended):
    assert CANARY not in ended.out + ended.err
    return json.loads(ended.out)


@pytest.fixture
def ran(configured):
    """After a first run, some of whose records lack a domain."""
    ended = configured("run")
    assert ended.code == 3
    return configured


def test_check_gives_a_line_a_check(configured):
    ended = configured("check")
    assert ended.code == 0
    *passed, (mark, told) = (line.split("  ", 1) for line in ended.out.splitlines())
    assert {mark for mark, _ in passed} == {"ok"}
    assert mark == "--"
    assert "not verified" in told


def test_check_as_json_names_what_failed(configured, monkeypatch):
    monkeypatch.delenv("KEY")
    found = document(ended := configured("check", "--json"))
    failed = [check for check in found["checks"] if not check["passed"]]
    assert ended.code == found["exit_code"] == 2
    assert [check["name"].partition(":")[0] for check in failed] == ["destinations.akooda"]
    assert "KEY" in failed[0]["message"]


def test_run_as_json_is_one_balanced_document(configured):
    found = document(ended := configured("-q", "run", "--json"))
    assert (ended.code, ended.err) == (3, "")
    assert [sync["sync"] for sync in found["syncs"]] == ["main"]
    assert found["syncs"][0]["balanced"] is True


def test_a_second_run_sends_nothing(ran):
    found = document(ran("run", "--json"))
    assert found["syncs"][0]["destination_requests"] == 0
    assert found["exit_code"] == 0


@pytest.mark.parametrize(
    "arguments",
    [["--source", "x"], ["--destination", "x"], ["--sync", "x"]],
    ids=lambda arguments: arguments[0],
)
def test_a_choice_that_does_not_exist_ends_with_2(configured, arguments):
    ended = configured("run", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert 'there is no "x"' in ended.err


def test_dry_run_needs_no_credentials_of_the_platform(configured, monkeypatch):
    monkeypatch.delenv("TENANT")
    monkeypatch.delenv("KEY")
    assert configured("dry-run", "--limit", "5").code == 0


def test_x07_dry_run_writes_nothing(configured, tmp_path):
    configured("dry-run")
    assert [path.name for path in tmp_path.iterdir()] == ["config.toml"]


def test_dry_run_ends_with_4_when_asked_and_there_is_something_to_send(configured):
    assert configured("dry-run", "--exit-code").code == 4
    assert configured("dry-run").code == 0


def test_dry_run_ends_with_0_when_there_is_nothing_to_send(ran):
    assert ran("dry-run", "--exit-code").code == 0


def test_dry_run_as_json_has_changes_and_records(configured):
    (sync,) = document(configured("dry-run", "--json"))["syncs"]
    assert sync["changes"]["create"] == sum(one["action"] == "create" for one in sync["records"])
    assert set(sync["records"][0]) == {"id", "key", "action", "payload", "diff", "problems"}


def test_dry_run_as_lines_has_a_record_a_line(configured):
    lines = configured("dry-run", "--format", "ndjson", "--limit", "7").out.splitlines()
    assert [json.loads(line)["sync"] for line in lines] == ["main"] * 7


def test_dry_run_of_one_record_shows_that_record(configured):
    (sync,) = document(configured("dry-run", "--json", "--limit", "1"))["syncs"]
    wanted = sync["records"][0]["id"]
    (sync,) = document(configured("dry-run", "--json", "--record", wanted))["syncs"]
    assert [record["id"] for record in sync["records"]] == [wanted]


@pytest.mark.security(10)
def test_dry_run_into_a_file_prints_nothing_and_keeps_it_private(configured, tmp_path):
    ended = configured("dry-run", "--format", "json", "--output", "preview.json")
    path = tmp_path / "preview.json"
    assert (ended.code, ended.out) == (0, "")
    assert json.loads(path.read_text())["syncs"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_status_before_the_first_run_says_never(configured):
    ended = configured("status")
    assert ended.code == 0
    assert "never run" in ended.out


def test_status_as_json_tells_what_is_quarantined(ran):
    found = document(ended := ran("status", "--json", "--exit-code"))
    (sync,) = found["syncs"]
    assert ended.code == found["exit_code"] == 3
    assert sync["quarantined"] > 0
    assert sync["status"] == "partial"


def test_status_asked_without_exit_code_ends_with_0(ran):
    assert ran("status").code == 0


def test_runs_lists_and_shows(ran):
    (run,) = document(ran("runs", "--json"))["runs"]
    assert document(ran("runs", run["run_id"], "--json")) == run
    assert run["run_id"] in ran("runs").out


def test_a_run_that_does_not_exist_ends_with_2(ran):
    ended = ran("runs", "nothing")
    assert (ended.code, ended.out) == (2, "")


@pytest.mark.security(61)
def test_a_run_deletes_reports_that_are_older_than_they_are_kept(ran, tmp_path):
    old = "20200101T000000Z-aaaaaa"
    with closing(open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=SystemClock())) as ledger:
        ledger.start_run(old, datetime(2020, 1, 1, tzinfo=UTC))
    path = tmp_path / "config.toml"
    assert old in ran("runs", "--json").out
    path.write_text('state.keep = "90d"\n' + path.read_text())
    ran("run")
    assert old not in ran("runs", "--json").out


def test_quarantine_lists_shows_and_exports_the_same_records(ran):
    listed = document(ran("quarantine", "list", "--json"))["quarantined"]
    shown = document(ran("quarantine", "show", "--json"))["quarantined"]
    exported = [json.loads(line) for line in ran("quarantine", "export").out.splitlines()]
    assert listed == shown == exported
    assert listed[0]["problems"]
    assert listed[0]["id"] in ran("quarantine", "list").out


@pytest.mark.security(10)
def test_quarantine_exports_csv_into_a_private_file(ran, tmp_path):
    ended = ran("quarantine", "export", "--format", "csv", "--output", "q.csv")
    path = tmp_path / "q.csv"
    assert ended.code == 0
    assert path.read_text().startswith("sync,id,key,outcome,")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_quarantine_retry_reports_like_run(ran):
    (first, *_) = document(ran("quarantine", "list", "--json"))["quarantined"]
    found = document(ran("quarantine", "retry", first["id"], "--json"))
    assert found["syncs"][0]["counts"]["read"] == 1


def test_quarantine_drop_asks_for_ids_or_all(ran):
    assert ran("quarantine", "drop").code == 2
    assert ran("quarantine", "drop", "--all").code == 0
    assert document(ran("quarantine", "list", "--json"))["quarantined"] == []


@pytest.mark.parametrize("command", ["show", "retry", "drop"])
def test_what_is_not_in_quarantine_ends_with_2(ran, command):
    assert ran("quarantine", command, "404").code == 2


def test_explain_follows_a_field_from_the_crm_to_the_answer(ran):
    (sync,) = document(ran("dry-run", "--json", "--full"))["syncs"]
    wanted = next(one["id"] for one in sync["records"] if one["action"] == "unchanged")
    found = document(ran("explain", "main", wanted, "domain", "--json"))
    assert [field["field"] for field in found["fields"]] == ["domain"]
    assert found["delivery"]["answer"] == "204"
    assert "rule: " in ran("explain", "main", wanted, "domain").out


def test_explain_of_an_unknown_record_says_so(ran):
    ended = ran("explain", "main", "404404")
    assert (ended.code, ended.out) == (1, "")
    assert "404404" in ended.err


def test_fields_are_listed_and_searched(configured):
    found = document(configured("fields", "hubspot", "companies", "--search", "DOMAIN", "--json"))
    assert "domain" in [field["name"] for field in found["fields"]]
    assert "domain" in configured("fields", "hubspot", "--search", "domain").out


def test_fields_of_an_unknown_source_end_with_2(configured):
    assert configured("fields", "hubspt").code == 2


def test_the_effective_mapping_is_toml_and_the_presets_are_listed(configured):
    assert '"properties.displayName" = ' in configured("mapping", "show", "off").out
    presets = document(configured("mapping", "presets", "--json"))["presets"]
    assert {"source": "hubspot", "object": "companies", "destination": "akooda"} in presets
    assert "companies" in configured("mapping", "presets").out


def test_presets_that_nothing_can_use_are_told(crmsync, tmp_path, monkeypatch):
    install(tmp_path, "chat", "[crmsync.presets]\nchat = chat_presets\n")
    folder = tmp_path / "chat_presets" / "presets"
    folder.mkdir(parents=True)
    for name in ("hubspot.companies.chat.toml", "hubspot.tickets.akooda.toml"):
        (folder / name).touch()
    monkeypatch.syspath_prepend(tmp_path)
    brought_by_others.cache_clear()
    ended = crmsync("mapping", "presets", "--json")
    brought_by_others.cache_clear()
    told = "is of no use: "
    assert f"hubspot.companies.chat.toml {told}chat is not installed" in ended.err
    assert f"hubspot.tickets.akooda.toml {told}hubspot has no object tickets" in ended.err
    assert "chat" not in ended.out
    assert "tickets" not in ended.out


@pytest.mark.parametrize("command", ["run", "check", "dry-run", "status", "runs"])
def test_without_a_configuration_every_command_ends_with_2_and_says_what_to_do(crmsync, command):
    ended = crmsync(command)
    assert (ended.code, ended.out) == (2, "")
    assert "crmsync init" in ended.err


def test_at_the_debug_level_no_credential_is_shown(configured):
    for form in ("text", "json"):
        ended = configured("-vv", "--log-format", form, "run", "--full", "--json")
        assert "batch_pushed" in ended.err or "run_finished" in ended.err
        assert CANARY not in ended.err + ended.out


def test_a_configuration_fault_is_the_json_document(crmsync, tmp_path):
    (tmp_path / "config.toml").write_text("[sync.x]")
    for command in (["run", "--json"], ["dry-run", "--format", "json"], ["status", "--json"]):
        found = document(ended := crmsync(*command))
        assert ended.code == found["exit_code"] == 2
        assert "sync" in [problem["field"] for problem in found["problems"]]


def test_a_field_that_the_crm_lacks_is_told_with_the_sync_that_asks_for_it(configured, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(path.read_text() + '[syncs.main.fields]\n"properties.displayName" = "nmae"\n')
    ended = configured("check")
    assert ended.code == 2
    assert 'in the sync main: did you mean "name"?' in ended.out
    assert "`crmsync fields hubspot companies`" in ended.out


def test_explain_of_an_unknown_field_names_the_one_that_was_meant(configured):
    ended = configured("explain", "main", "1", "properties.displayNam")
    assert ended.code == 2
    assert 'did you mean "properties.displayName"?' in ended.err


def test_dry_run_of_an_unknown_record_says_so(configured):
    ended = configured("dry-run", "--record", "404404")
    assert ended.code == 0
    assert "the CRM gave no record 404404" in ended.err


@pytest.mark.parametrize(
    "command",
    [
        ["dry-run", "--format", "ndjson"],
        ["quarantine", "export"],
        ["init", "--source", "hubspot", "--destination", "akooda"],
    ],
    ids=" ".join,
)
def test_a_dash_is_stdout(ran, tmp_path, command):
    ended = ran(*command, "--output", "-")
    assert (ended.code, bool(ended.out)) == (0, True)
    assert not (tmp_path / "-").exists()


def test_a_preview_in_a_file_says_where(configured):
    arguments = ["dry-run", "--format", "html", "--output", "page.html"]
    assert configured(*arguments).err.endswith("written to page.html\n")
    assert configured("-q", *arguments).err == ""


@pytest.mark.parametrize("command", ["retry", "drop"])
def test_ids_that_are_not_in_quarantine_are_named_and_the_others_done(ran, command):
    (first, *_) = document(ran("quarantine", "list", "--json"))["quarantined"]
    ended = ran("quarantine", command, first["id"], "404", "--json")
    assert ended.code != 2
    assert "404 is not in quarantine" in ended.err
    assert first["id"] not in ended.err


def test_dropping_as_json_tells_how_many(ran):
    held = document(ran("quarantine", "list", "--json"))["quarantined"]
    assert document(ran("quarantine", "drop", "--all", "--json")) == {"dropped": len(held)}
    assert document(ran("quarantine", "retry", "--json")) == {"exit_code": 0, "syncs": []}


def test_the_effective_mapping_as_json_is_the_same_as_in_toml(configured):
    found = document(configured("mapping", "show", "main", "--json"))
    assert found["sync"] == "main"
    assert found["fields"] == tomllib.loads(configured("mapping", "show", "main").out)
