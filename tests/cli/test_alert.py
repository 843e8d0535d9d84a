"""People are told, by whole commands against the simulators."""

from __future__ import annotations

import json
import sys

import pytest

from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import start
from crmsync.testing.servers import FaultServer, reply
from tests.cli.test_commands import CONFIG

ALERTS = """
[alerts]
webhook = "${HOOK}"
command = [COMMAND]
[alerts.pings]
main = "${PING}"
"""
KEEP = "import sys; open(sys.argv[1], 'ab').write(sys.stdin.buffer.read() + b'\\n')"


@pytest.fixture(scope="module")
def url():
    with start(SandboxOptions(companies=20)) as sandbox:
        yield sandbox.url


@pytest.fixture
def hook():
    with FaultServer([reply(200, b"ok")]) as server:
        yield server


@pytest.fixture
def told(crmsync, url, hook, tmp_path, monkeypatch):
    """A configuration that tells a webhook, a command and a dead man's switch."""
    command = ", ".join(
        json.dumps(one) for one in (sys.executable, "-I", "-c", KEEP, str(tmp_path / "kept"))
    )
    text = ALERTS.replace("COMMAND", command) + CONFIG.format(url=url)
    (tmp_path / "config.toml").write_text(text)
    for name in ("TOKEN", "TENANT", "KEY"):
        monkeypatch.setenv(name, "a-credential")
    monkeypatch.setenv("HOOK", f"{hook.url}/services/the-s3cr3t-hook")
    monkeypatch.setenv("PING", f"{hook.url}/the-s3cr3t-ping")
    return crmsync


def bodies(hook):
    return [json.loads(one.body) for one in hook.received if one.method == "POST"]


def test_a_test_message_goes_by_every_way(told, hook, tmp_path):
    ended = told("alert", "test")

    assert (ended.code, ended.out.split()) == (
        0,
        ["ok", "webhook:", "told", "ok", "command:", "told"],
    )
    assert [body["state"] for body in bodies(hook)] == ["test"]
    assert json.loads((tmp_path / "kept").read_text()) == bodies(hook)[0]


def test_a_test_message_that_does_not_arrive_is_told_of_without_the_address(told, monkeypatch):
    with FaultServer([reply(404, b"no such hook")]) as gone:
        monkeypatch.setenv("HOOK", f"{gone.url}/services/the-s3cr3t-hook")
        ended = told("alert", "test")

    assert ended.code == 1
    assert "FAIL  webhook: alerts.webhook: " in ended.out
    assert "answered 404 Not Found" in ended.out
    assert "s3cr3t" not in ended.out + ended.err


def test_without_anybody_to_tell_there_is_nothing_to_test(told, tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(
        path.read_text().partition("[sources.hubspot]")[2].join(["[sources.hubspot]", ""])
    )

    assert told("alert", "test").code == 2


def test_a_sync_that_turns_bad_and_recovers_is_told_of_twice(told, hook, monkeypatch, tmp_path):
    monkeypatch.delenv("TENANT")
    codes = [told("run", "--sync", "main").code for _ in range(2)]
    status = json.loads(told("status", "--sync", "main", "--json").out)["syncs"][0]
    monkeypatch.setenv("TENANT", "a-credential")
    codes.append(told("run", "--sync", "main").code)

    assert codes == [2, 2, 3]
    assert [body["state"] for body in bodies(hook)] == ["bad", "recovered"]
    assert len((tmp_path / "kept").read_text().splitlines()) == 2
    assert status["alerts"][0]["told"] == ["command", "webhook"]
    assert [one.target for one in hook.received if one.method == "GET"] == ["/the-s3cr3t-ping"]


def test_the_check_names_each_way_and_sends_nothing(told, hook):
    lines = [line for line in told("check").out.splitlines() if "alerts." in line]

    assert [line.split()[1] for line in lines] == [
        "alerts.webhook:",
        "alerts.command:",
        "alerts.pings.main:",
    ]
    assert hook.received == []


def test_an_address_that_is_away_changes_nothing_of_the_run(told, hook, monkeypatch):
    monkeypatch.setenv("HOOK", "ftp://nowhere")
    monkeypatch.delenv("TENANT")

    ended = told("--log-format", "json", "run", "--sync", "main")
    shown = told("status", "--sync", "main").out

    assert ended.code == 2
    (line,) = (
        line for line in map(json.loads, ended.err.splitlines()) if line["event"] == "alert_failed"
    )
    assert (line["sync"], line["channel"], line["run_id"][:2]) == ("main", "webhook", "20")
    assert "main: is failing since " in shown
    assert "could not be told: alerts.webhook: is no https:// address" in shown


def test_every_line_of_a_run_has_its_id_and_every_line_of_a_sync_its_name(told):
    ended = told("--log-format", "json", "-vv", "run", "--sync", "main")

    lines = [json.loads(line) for line in ended.err.splitlines()]
    assert len({line.get("run_id") for line in lines}) == 1
    assert all(one["time"].endswith("Z") and one["level"] for one in lines)
    ours = [line for line in lines if "logger" not in line]  # another library knows of no sync
    whole_run = {"run_started", "run_finished"}
    assert {one["event"] for one in ours if one.get("sync") != "main"} == whole_run
    assert {"sync_finished", "page_read", "cursor_committed"} <= {one["event"] for one in ours}
