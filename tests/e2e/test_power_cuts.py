"""The power is cut: a slice of `python -m benchmarks.powercut`, and the disk it is cut from."""

from __future__ import annotations

import random
from functools import reduce

import pytest

from benchmarks.disks import Change, Disk, with_changes
from benchmarks.kernel import Call
from benchmarks.powercut import MODES, searched
from benchmarks.victims import SANDBOX, Companies, Events


@pytest.fixture
def victim_of(sandbox_at, warm, tmp_path, plannable):
    """Gives a victim by its platform."""
    folder = tmp_path / "victim"
    folder.mkdir()

    def victim(name):
        url = sandbox_at(*SANDBOX)
        events = name == "atoka"
        return Events(url, folder, warm) if events else Companies(url, folder, warm, name)

    return victim


@pytest.mark.fault(79)
@pytest.mark.invariant(9)
@pytest.mark.parametrize("name", ["akooda", "atoka"])
def test_after_a_power_cut_everything_that_had_left_is_known(victim_of, tmp_path, name):
    found = searched(victim_of(name), tmp_path, MODES[0], seed=1, every=25)
    assert found.wrong == []
    assert found.states > 20


@pytest.mark.fault(79)
def test_without_syncs_the_same_search_finds_what_is_forgotten_or_damaged(victim_of, tmp_path):
    found = searched(victim_of("akooda"), tmp_path, MODES[1], seed=1, every=60)
    assert len(found.wrong) > 5


def call(name, fd, offset=0, data=b"", got=0):
    return Call(name, 1, fd, offset, got, data)


@pytest.fixture
def disk(tmp_path):
    """A folder with a file of three synced bytes, and two that were not."""
    disk = Disk(tmp_path)
    path = str(tmp_path / "a").encode()
    for one in (
        call("creat", -1, data=path, got=5),
        call("pwrite64", 5, 0, b"abc"),
        call("fdatasync", 5),
        call("openat", -1, data=str(tmp_path).encode(), got=6),
        call("fsync", 6),
        call("pwrite64", 5, 1, b"XY"),
    ):
        disk.apply(one)
    return disk


def test_what_was_synced_is_there_with_any_part_of_what_was_not(disk):
    assert dict(disk.states(random.Random(1)))["none"] == {"a": b"abc"}
    assert dict(disk.states(random.Random(1)))["all"] == {"a": b"aXY"}


def test_a_name_may_be_lost_until_its_folder_is_synced(disk, tmp_path):
    pair = f"{tmp_path}/a\n{tmp_path}/b".encode()
    assert disk.apply(call("rename", -1, data=pair))
    assert disk.names.keys() == {"b"}
    assert disk.durable_names.keys() == {"a"}
    disk.apply(call("fsync", 6))
    assert disk.durable_names.keys() == {"b"}


def test_a_file_grows_with_zeros_and_shrinks_to_its_new_size():
    steps = [Change(4, b"x"), Change(2, None), Change(3, b"y")]
    states = [with_changes(b"ab", steps[:count]) for count in range(4)]
    assert states == [b"ab", b"ab\0\0x", b"ab", b"ab\0y"]
    assert reduce(lambda held, one: with_changes(held, [one]), steps, b"ab") == states[-1]
