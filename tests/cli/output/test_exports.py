from __future__ import annotations

import csv
import io
import os
import stat

import pytest

from crmsync.cli.output.exports import csv_text, write_private
from crmsync.errors import CrmsyncError


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\0=1", "＝1", "  =1", "\n=1", "|calc", "%x"],
)
@pytest.mark.security(33)
def test_a_cell_that_a_spreadsheet_would_compute_is_text(text):
    cell = next(csv.reader(io.StringIO(csv_text(["a"], [{"a": text}]).partition("\r\n")[2])))[0]
    assert cell.startswith("'")


@pytest.mark.parametrize("text", ["Acme", 'a "quoted", cell', "two\nlines", "a=b", ""])
def test_other_cells_are_as_they_were(text):
    rows = list(csv.reader(io.StringIO(csv_text(["a", "b"], [{"a": text, "b": 1}]), newline="")))
    assert rows == [["a", "b"], [text, "1"]]


@pytest.mark.security(33)
def test_numbers_stay_numbers():
    assert csv_text(["a", "b"], [{"a": -1, "b": None}]) == "a,b\r\n-1,\r\n"


@pytest.fixture
def open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.mark.security(10)
def test_a_file_is_readable_by_its_owner_alone(tmp_path, open_umask):
    path = tmp_path / "x"
    write_private(path, "data")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("data", 0o600)


@pytest.mark.security(10)
def test_a_file_that_was_readable_by_others_is_not_afterwards(tmp_path):
    path = tmp_path / "x"
    path.write_text("longer than before")
    path.chmod(0o644)
    write_private(path, "data")
    assert (path.read_text(), stat.S_IMODE(path.stat().st_mode)) == ("data", 0o600)


@pytest.mark.security(12)
def test_a_symbolic_link_is_not_followed(tmp_path):
    target = tmp_path / "target"
    target.write_text("precious")
    (tmp_path / "link").symlink_to(target)
    with pytest.raises(CrmsyncError, match="cannot be written"):
        write_private(tmp_path / "link", "data")
    assert target.read_text() == "precious"


@pytest.mark.security(55)
def test_a_fresh_file_replaces_none(tmp_path):
    path = tmp_path / "x"
    path.write_text("precious")
    with pytest.raises(CrmsyncError, match="cannot be written"):
        write_private(path, "data", fresh=True)
    assert path.read_text() == "precious"


def test_a_stream_is_written_as_it_comes(tmp_path):
    def lines():
        yield "a\n"
        yield "b\n"
        raise CrmsyncError("broke off")

    with pytest.raises(CrmsyncError, match="broke off"):
        write_private(tmp_path / "out", lines())
    assert (tmp_path / "out").read_text() == "a\nb\n"
