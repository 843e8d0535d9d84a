"""What is remembered beside the ledger: how much each sync sent."""

from __future__ import annotations

import stat

import pytest

from crmsync.ledger.witness import NOBODY, FileWitness


@pytest.fixture
def witness(tmp_path):
    return FileWitness(tmp_path)


def test_each_sync_has_its_own_number(witness):
    witness.remember("a", 0)
    witness.remember("b", 5)
    witness.remember("b", 7)
    assert [witness.sent(sync) for sync in ("a", "b", "c")] == [0, 7, None]


def test_the_file_is_for_its_owner_alone(witness, tmp_path):
    witness.remember("a/../b", 1)
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_in_its_place_is_neither_read_nor_written_through(witness, tmp_path):
    witness.remember("a", 1)
    (file,) = tmp_path.iterdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("9")
    file.unlink()
    file.symlink_to(elsewhere)
    assert witness.sent("a") == 0

    file.with_suffix(".new").symlink_to(elsewhere)
    witness.remember("a", 2)

    assert elsewhere.read_text() == "9"


def test_what_a_power_cut_left_empty_tells_nothing(witness, tmp_path):
    witness.remember("a", 1)
    (file,) = tmp_path.iterdir()
    file.write_bytes(b"")
    assert witness.sent("a") == 0


def test_where_it_cannot_be_written_nothing_stops(tmp_path):
    nowhere = FileWitness(tmp_path / "gone" / "locks")
    nowhere.remember("a", 1)
    assert nowhere.sent("a") is None


def test_its_folder_is_made_for_its_owner_alone(tmp_path):
    FileWitness(tmp_path / "locks").remember("a", 1)
    assert stat.S_IMODE((tmp_path / "locks").stat().st_mode) == 0o700


def test_nobody_remembers_nothing():
    NOBODY.remember("a", 1)
    assert NOBODY.sent("a") == 0
