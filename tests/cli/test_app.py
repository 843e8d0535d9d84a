from __future__ import annotations

import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from crmsync import __version__
from crmsync.config.schedules import check_schedule

COMMANDS = [
    "run",
    "dry-run",
    "check",
    "fields",
    "mapping",
    "mapping show",
    "mapping presets",
    "init",
    "status",
    "runs",
    "quarantine",
    "quarantine list",
    "quarantine show",
    "quarantine retry",
    "quarantine drop",
    "quarantine export",
    "explain",
    "daemon",
    "sandbox",
    "demo",
]
CRONTAB = Path(__file__).parents[2] / "crontab.example"
HEAVY = {"apscheduler", "httpx", "hubspot", "jinja2", "pydantic", "rich", "sqlite3", "uvicorn"}


def python(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_help_imports_nothing_heavy():
    loaded = python(
        "import sys\n"
        "from crmsync.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *sorted({name.partition('.')[0] for name in sys.modules}))"
    )
    assert not HEAVY & set(loaded.partition("LOADED")[2].split())


def test_a_run_imports_no_scheduler():
    loaded = python(
        "import sys, crmsync.cli.app, crmsync.engine.run, crmsync.wiring\n"
        "print(*(name for name in ('apscheduler', 'crmsync.scheduling') if name in sys.modules))"
    )
    assert loaded.strip() == ""


def test_help_takes_less_than_three_tenths_of_a_second_of_cpu():
    spent: list[float] = []
    while min(spent, default=1.0) >= 0.3 and len(spent) < 30:  # a busy machine counts for more
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        python("from crmsync.cli import main; main(['--help'])")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)
    assert min(spent) < 0.45  # 0.3 on a machine of its own: docs/performance.md


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_every_option_has_help(crmsync, command):
    ended = crmsync(*command.split(), "--help")
    assert ended.code == 0
    assert "  -h, --help" in ended.out
    about = ended.out.split("\n\n")[1]
    assert about.strip().endswith((".", "..."))


def test_help_lists_every_command(crmsync):
    listed = crmsync("--help").out.partition("Commands:")[2]
    assert all(f"  {command} " in listed for command in COMMANDS if " " not in command)


def test_version_is_told(crmsync):
    assert crmsync("--version") == (0, f"crmsync {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [["rnu"], ["run", "--sorce", "x"], ["run", "--limit", "0"], ["--log-format", "xml", "run"]],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_what_is_wrong(crmsync, arguments):
    ended = crmsync(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert "Error: " in ended.err


def test_without_a_command_the_help_is_shown(crmsync):
    ended = crmsync()
    assert ended.code == 2
    assert "Commands:" in ended.out + ended.err


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_shell_completion_is_offered(crmsync, option):
    assert option in crmsync("--help").out


def test_the_commands_of_the_example_crontab_exist(crmsync):
    text = CRONTAB.read_text(encoding="utf-8")
    jobs = [line for line in text.splitlines() if line[:1].isdigit()]
    assert all(check_schedule(" ".join(job.split()[:5])) for job in jobs)
    commands = re.findall(r"&& crmsync (.*?) >", "\n".join(jobs))
    assert "-q run --source hubspot" in commands
    assert len(commands) == len(jobs)
    for command in commands:
        ended = crmsync(*command.split())
        assert (ended.code, "found neither" in ended.err) == (2, True)
