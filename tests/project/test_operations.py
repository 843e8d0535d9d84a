"""What docs/operations.md has people type is safe to type."""

from __future__ import annotations

import configparser
import re
import stat
import subprocess

import pytest

from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.project.pages import blocks, section, text_of

PAGE = text_of("docs/operations.md")
UNITS = [block.text for block in blocks(PAGE, "ini")]


def backed_up(folder):
    """Follow the page in a folder; gives how that ended."""
    (command,) = blocks(section(PAGE, "The ledger"), "sh")
    done = subprocess.run(["sh", "-c", command.text], cwd=folder, check=False)  # noqa: S607 - any shell does
    return done.returncode


def test_each_nights_backup_is_a_ledger_that_only_its_owner_can_read(tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=FakeClock())
    copy = tmp_path / "crmsync-backup.db"
    for account in ("4711", "24680135"):
        ledger.pin("hubspot-companies", account)  # and open while it is copied
        assert backed_up(tmp_path) == 0
        kept = open_ledger(f"sqlite:///{copy}", clock=FakeClock(), read_only=True)
        assert kept.sync_state("hubspot-companies").account == account
        kept.close()
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    ledger.close()
    assert [path.name for path in tmp_path.glob("crmsync-backup*")] == ["crmsync-backup.db"]


@pytest.mark.parametrize("found", [None, b"", b"no ledger" * 1_000], ids=["none", "empty", "torn"])
def test_a_backup_that_fails_says_so_and_leaves_the_one_before(tmp_path, found):
    (tmp_path / "crmsync-backup.db").write_bytes(b"last night's")
    if found is not None:
        (tmp_path / "crmsync.db").write_bytes(found)
    before = sorted(tmp_path.iterdir())
    assert backed_up(tmp_path) != 0
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "crmsync-backup.db").read_bytes() == b"last night's"


@pytest.mark.parametrize("unit", UNITS, ids=["service", "timer"])
def test_a_unit_can_be_parsed_and_has_its_section(unit):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(unit)
    assert {"Service", "Timer"} & set(parser.sections())


SHIPPED = text_of("docs/crmsync.service")


def loaded(text):
    """The credentials that a unit, or a command, has systemd load: from where, by their names."""
    return dict(re.findall(r"LoadCredential=([\w-]+):(\S+)", text))


def test_the_credentials_that_systemd_loads_are_those_that_are_read():
    config = next(b.text for b in blocks(PAGE, "toml") if "CREDENTIALS_DIRECTORY" in b.text)
    named = set(re.findall(r'"file:\$\{CREDENTIALS_DIRECTORY\}/([\w-]+)"', config))
    assert named == set(loaded(UNITS[0])) == set(loaded(SHIPPED))


def test_a_run_by_hand_is_what_the_units_are():
    timer, shipped = [b.text for b in blocks(PAGE, "sh") if "systemd-run" in b.text]
    for command, unit in ((timer, UNITS[0]), (shipped, SHIPPED)):
        assert loaded(command) == loaded(unit)
        assert f"--uid={setting(unit, 'User')} " in command
        assert f"UMask={setting(unit, 'UMask')} " in command
        assert f" {setting(unit, 'ExecStart').split()[0]} " in command
    assert f"--working-directory={setting(UNITS[0], 'WorkingDirectory')} " in timer
    assert " --config /etc/crmsync/config.toml " in setting(SHIPPED, "ExecStart")
    assert " --config /etc/crmsync/config.toml " in shipped


def setting(unit, name):
    (value,) = re.findall(rf"^{name}=(.+)$", unit, re.MULTILINE)
    return value
