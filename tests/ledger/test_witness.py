"""What is remembered beside the ledger: each sync's last run."""

from __future__ import annotations

import stat

import pytest

from crmsync.ledger.witness import NOBODY, FileWitness


@pytest.fixture
def witness(tmp_path):
    return FileWitness(tmp_path)


def test_each_sync_has_its_own_last_run(witness):
    witness.ran("a", "run-1")
    witness.ran("b", "run-2")
    witness.ran("a", "run-3")
    assert [witness.last(sync) for sync in ("a", "b", "c")] == ["run-3", "run-2", ""]


def test_the_file_is_for_its_owner_alone(witness, tmp_path):
    witness.ran("a/../b", "run-1")
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_in_its_place_is_neither_read_nor_written_through(witness, tmp_path):
    witness.ran("a", "run-1")
    (file,) = tmp_path.iterdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    file.unlink()
    file.symlink_to(elsewhere)
    assert witness.last("a") == ""

    file.with_suffix(".new").symlink_to(elsewhere)
    witness.ran("a", "run-2")

    assert elsewhere.read_text() == "mine"


def test_where_it_cannot_be_written_nothing_stops(tmp_path):
    gone = FileWitness(tmp_path / "gone")
    gone.ran("a", "run-1")
    assert gone.last("a") == ""


def test_nobody_remembers_nothing():
    NOBODY.ran("a", "run-1")
    assert NOBODY.last("a") == ""
