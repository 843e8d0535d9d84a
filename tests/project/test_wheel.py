"""A wheel is the same, byte for byte, whoever builds it, when and where."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZipFile

import pytest
from hatchling.builders.wheel import WheelBuilder

from tests.project.pages import ROOT

PACKED = ("pyproject.toml", "README.md", "LICENSE", "src")
DAY = 86_400


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def copied(folder: Path, *, backwards: bool, age: int) -> Path:
    """A copy of what is packed: its files written in an order, and as old as is said."""
    folder.mkdir()
    for name in PACKED:
        if (ROOT / name).is_file():
            shutil.copyfile(ROOT / name, folder / name)
            continue
        found = (path for path in (ROOT / name).rglob("*") if path.is_file())
        for path in sorted(found, reverse=backwards):
            if "__pycache__" in path.parts:
                continue
            place = folder / path.relative_to(ROOT)
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)
            os.utime(place, (age, age))
    return folder


def built(folder: Path) -> Path:
    (wheel,) = WheelBuilder(str(folder)).build(directory=str(folder / "dist"))
    return Path(wheel)


@pytest.mark.security(67)
def test_a_wheel_that_is_built_twice_is_the_same(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    with umask(0o022):
        one = built(copied(tmp_path / "one", backwards=False, age=400 * DAY))
    monkeypatch.setenv("TZ", "America/New_York")
    with umask(0o077):
        another = built(copied(tmp_path / "a longer name", backwards=True, age=20_000 * DAY))
    assert one.read_bytes() == another.read_bytes()
    names = ZipFile(one).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert tops == {"crmsync", one.name.removesuffix("-py3-none-any.whl") + ".dist-info"}
    assert len(names) == len(set(names))
