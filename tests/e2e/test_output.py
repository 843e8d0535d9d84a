"""What goes to stdout and stderr: one document, no secrets, no escape codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

CANARY = "pat-canary-5f1c0de9a7"
ESCAPE = "\x1b"


@pytest.fixture
def watched(world):
    """A world whose credentials would be known again anywhere."""
    for name in ("HUBSPOT_ACCESS_TOKEN", "AKOODA_TENANT_ID", "AKOODA_API_KEY"):
        world.env[name] = CANARY
    return world


@pytest.mark.parametrize("fault", ["", "503=0.15,seed=3"], ids=["calm", "stormy"])
@pytest.mark.invariant(24)
def test_no_secret_shows_anywhere(watched, fault):
    watched.faults(hubspot=fault, akooda=fault)
    loud = ("--log-level", "debug")
    ended = [
        watched.crmsync(*loud, "run", "--json"),
        watched.crmsync(*loud, "dry-run", "--full", "--format", "html", "--output", "page.html"),
        watched.crmsync("quarantine", "export", "--output", "out.ndjson"),
    ]
    assert ended[0].code == 0
    assert not any(CANARY in text for one in ended for text in (one.out, one.err))
    files = [path for path in watched.folder.rglob("*") if path.is_file()]
    assert {"config.toml", "crmsync.db", "page.html", "out.ndjson"} <= {one.name for one in files}
    assert not any(CANARY.encode() in path.read_bytes() for path in files)


def test_no_secret_shows_where_it_is_refused(watched, world_with):
    other = world_with("--access-token", "another", "--api-key", "another")
    other.env = watched.env
    ended = [other.crmsync("--log-level", "debug", *words) for words in (["run"], ["check"])]
    assert [one.code for one in ended] == [7, 7]
    assert not any(CANARY in text for one in ended for text in (one.out, one.err))


def test_json_is_one_document_and_stderr_has_no_escape_codes(world):
    ended = world.crmsync("-vv", "run", "--json", FORCE_COLOR="1", TERM="xterm-256color")
    assert ended.out == json.dumps(ended.json, indent=2, ensure_ascii=False) + "\n"
    assert ended.err
    assert ESCAPE not in ended.err + ended.out


def test_log_lines_are_json_and_say_which_run_and_sync(world):
    ended = world.crmsync("--log-format", "json", "-v", "run", "--json")
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    events = {line["event"]: line for line in lines}
    assert {"run_started", "batch_pushed", "cursor_committed", "run_finished"} <= events.keys()
    assert all({"time", "level", "event"} <= line.keys() for line in lines)
    run_id = ended.json["run_id"]
    assert events["run_started"]["run_id"] == events["run_finished"]["run_id"] == run_id
    assert (
        events["batch_pushed"]["sync"] == events["cursor_committed"]["sync"] == ended.sync["sync"]
    )


def test_a_divided_batch_is_logged_once_with_the_number_of_its_pushes(world_with):
    world = world_with("--akooda-max-bytes", "150000")
    ended = world.crmsync("--log-format", "json", "-v", "run", "--json")
    lines = [json.loads(line) for line in ended.err.splitlines() if line.startswith("{")]
    splits = [line for line in lines if line["event"] == "batch_split"]
    assert splits
    assert splits[0]["pushes"] > 1
    assert splits[0]["sync"] == ended.sync["sync"]


def test_quiet_says_nothing_where_nothing_is_wrong(world):
    ended = world.crmsync("-q", "run", "--json")
    assert (ended.code, ended.err) == (0, "")


@pytest.mark.fault(103)
def test_a_reader_that_leaves_early_changes_no_exit_code(world):
    world.env["AKOODA_API_KEY"] = "key"
    with subprocess.Popen(
        [sys.executable, "-m", "crmsync", "dry-run", "--json", "--exit-code"],
        cwd=world.folder,
        env=world.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        err = child.stderr.read()
        assert child.wait(timeout=60) == 4
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


@pytest.mark.fault(104)
@pytest.mark.parametrize("words", [["dry-run"], ["dry-run", "--json"]], ids=["table", "json"])
def test_any_locale_will_do(world, words):
    plain = {"LANG": "C", "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    ended = world.crmsync(*words, **plain)
    assert ended.code == 0
    assert "Traceback" not in ended.err


def test_cron_gets_a_line_where_a_sync_does_not_end_well(world):
    world.configure(top='limits.retry_for = "0.3s"')
    world.faults(hubspot="503=1")
    for command in (["run"], ["run", "--json"], ["dry-run"], ["dry-run", "--json"]):
        ended = world.crmsync("-q", *command)
        told = [line for line in ended.err.splitlines() if line.startswith("error: ")]
        assert ended.code == 5
        assert len(told) == 1
        assert told[0].startswith("error: hubspot-companies: ")
        assert "503" in told[0]


def test_everything_on_stderr_is_json_where_log_lines_are(world):
    world.env.pop("AKOODA_API_KEY")
    for command in (["run", "--json"], ["check"], ["run", "--sync", "nope"]):
        ended = world.crmsync("--log-format", "json", *command)
        lines = [json.loads(line) for line in ended.err.splitlines()]
        assert all({"time", "level", "event"} <= line.keys() for line in lines)
        assert ended.code == 2


@pytest.mark.fault(81, 103)
@pytest.mark.parametrize("redirection", [">/dev/full", ">&-"])
def test_a_stdout_that_takes_nothing_is_told_and_the_result_is_on_stderr(world, redirection):
    line = f'"{sys.executable}" -m crmsync -q run --json {redirection}'
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=world.folder,
        env=world.env,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "cannot write to stdout: " in ended.stderr
    assert "bug" not in ended.stderr
    assert "run " in ended.stderr.splitlines()[-1]
    assert world.held()
