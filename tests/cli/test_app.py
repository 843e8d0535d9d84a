from __future__ import annotations

import gc
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from crmsync import __version__
from crmsync.cli import app, main
from crmsync.cli.app import Crmsync
from crmsync.cli.lazily import Later
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


def python(code: str, environment: dict[str, str] | None = None) -> str:
    command = [sys.executable, "-c", code]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return ended.stdout


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


def cpu_of_help(environment: dict[str, str]) -> float:
    """Seconds, of a process that shows the help."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    python("from crmsync.cli import main; main(['--help'])", environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def test_help_takes_less_than_three_tenths_of_a_second_of_cpu(tmp_path):
    # An installation holds the modules compiled, and other work only ever makes a try dearer.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    environment = dict(os.environ) | compiled
    cpu_of_help(environment)
    tries = (cpu_of_help(environment) for _ in range(20))
    assert any(spent < 0.3 for spent in tries)


def test_help_imports_no_command():
    loaded = python(
        "import sys\n"
        "from crmsync.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('LOADED', *(name for name in sys.modules if name.startswith('crmsync.cli.')))"
    ).partition("LOADED")[2]
    names = [f"crmsync.cli.{name.replace('-', '_')}" for name in Crmsync.listed]
    assert not set(loaded.split()) & set(names)


@pytest.mark.parametrize("name", Crmsync.listed)
def test_the_help_lists_each_command_by_its_own_first_sentence(name):
    whole = Later(name, "", Crmsync.home).whole
    assert Crmsync.listed[name] == whole.get_short_help_str(limit=1_000)


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


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["mapping"], ["unheard-of"]])
def test_cycles_are_looked_for_again_whatever_becomes_of_a_command(arguments, capsys):
    with pytest.raises(SystemExit):
        main(arguments)
    assert gc.isenabled()
    assert capsys.readouterr() != ("", "")


def test_cycles_are_looked_for_while_a_command_runs(capsys):
    gc.disable()
    try:
        app.command()(["mapping", "presets"], standalone_mode=False)
        assert gc.isenabled()
    finally:
        gc.enable()
    assert "hubspot" in capsys.readouterr().out


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
