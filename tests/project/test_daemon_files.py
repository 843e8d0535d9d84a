"""What docs/ ships for the daemon to run under: the unit, and the container file."""

from __future__ import annotations

import configparser
import shutil
import subprocess

import pytest

from tests.project.pages import ROOT, calls, fault_of, section, table, text_of

UNIT, CONTAINER = "docs/crmsync.service", "docs/Containerfile"
ANALYZE = shutil.which("systemd-analyze")


def service() -> configparser.SectionProxy:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as configparser documents it
    parser.read_string(text_of(UNIT))
    return parser["Service"]


def test_the_unit_runs_the_daemon():
    ((*words,),) = calls(service()["ExecStart"])
    assert words[-1] == "daemon"
    assert fault_of(words) == ""


def test_the_unit_gives_the_daemon_its_time_to_stop_and_no_restart_for_a_wrong_file():
    assert int(service()["TimeoutStopSec"]) > 5
    assert service()["RestartPreventExitStatus"] == "2"
    assert service()["ExecReload"] == "/bin/kill -HUP $MAINPID"


@pytest.mark.skipif(ANALYZE is None, reason="there is no systemd-analyze here")
def test_systemd_takes_the_unit(tmp_path):
    unit = tmp_path / "crmsync.service"
    command = service()["ExecStart"].split()[0]
    unit.write_text(text_of(UNIT).replace(command, "/bin/true"), encoding="utf-8")
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "crmsync.service" in line] == []


@pytest.mark.security(65)
def test_the_container_takes_what_is_there_and_locked():
    lines = text_of(CONTAINER).replace("\\\n", " ").splitlines()
    for line in (one for one in lines if one.startswith("COPY ") and "--from" not in one):
        *sources, _ = line.split()[1:]
        assert [one for one in sources if not (ROOT / one).exists()] == []
    installs = [line for line in lines if "pip install" in line]
    assert all("--require-hashes" in line or "--no-deps" in line for line in installs)


def test_the_container_runs_the_daemon_and_not_as_root():
    lines = text_of(CONTAINER).splitlines()
    assert 'ENTRYPOINT ["crmsync"]' in lines
    assert 'CMD ["--log-format", "json", "daemon"]' in lines
    assert "USER crmsync" in lines


def test_the_page_tells_what_every_end_of_a_sync_leads_to():
    rows = table(section(text_of("docs/daemon.md"), "When a sync fails"))
    named = {
        int(one)
        for row in rows
        for one in row[0].replace(",", " ").replace(":", " ").split()
        if one.isdigit()
    }
    assert named == {0, 1, 2, 3, 5, 6, 7, 9}
