"""What docs/operations.md has people type is safe to type."""

from __future__ import annotations

import configparser
import stat
import subprocess

import pytest

from crmsync.ledger import open_ledger
from crmsync.testing.clocks import FakeClock
from tests.project.pages import blocks, section, text_of

PAGE = text_of("docs/operations.md")
UNITS = [block.text for block in blocks(PAGE, "ini")]


def test_the_backup_is_a_ledger_that_only_its_owner_can_read(tmp_path):
    (command,) = blocks(section(PAGE, "The ledger"), "sh")
    with_a_pin = open_ledger(f"sqlite:///{tmp_path}/crmsync.db", clock=FakeClock())
    with_a_pin.pin("hubspot-companies", "24680135")  # and open while it is copied
    subprocess.run(["bash", "-euc", command.text], cwd=tmp_path, check=True)  # noqa: S607 - any bash does
    with_a_pin.close()
    copy = tmp_path / "crmsync-backup.db"
    kept = open_ledger(f"sqlite:///{copy}", clock=FakeClock())
    assert kept.sync_state("hubspot-companies").account == "24680135"
    kept.close()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


@pytest.mark.parametrize("unit", UNITS, ids=["service", "timer"])
def test_a_unit_can_be_parsed_and_has_its_section(unit):
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(unit)
    assert {"Service", "Timer"} & set(parser.sections())


def test_the_credentials_that_systemd_loads_are_those_that_are_read():
    loaded = {line[15:].split(":")[0] for line in UNITS[0].splitlines() if "LoadCred" in line}
    config = next(b.text for b in blocks(PAGE, "toml") if "/run/credentials" in b.text)
    named = {line.rpartition("/")[2].strip('"') for line in config.splitlines() if "file:" in line}
    assert named == loaded
