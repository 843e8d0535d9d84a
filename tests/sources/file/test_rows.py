from __future__ import annotations

import os
import re

import pytest

from crmsync.errors import ConfigError, FatalError, RetryableError
from crmsync.sources.file.rows import Export, objects_in, path_of
from crmsync.sources.file.settings import FileSettings


def export(tmp_path, data, *, name="companies.csv", **settings):
    path = tmp_path / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return Export(path, FileSettings(folder=str(tmp_path), **settings))


def rows(tmp_path, data, **settings):
    with export(tmp_path, data, **settings) as opened:
        return [dict(row) for _, row in opened.rows()]


ROW = {"id": "1", "name": "Ängel"}
TEXTS = {
    "plain": "id,name\n1,Ängel\n",
    "spaces around names": " id , name \n1,Ängel\n",
    "windows lines": "id,name\r\n1,Ängel\r\n",
    "no line end": "id,name\n1,Ängel",
    "blank lines": "id,name\n\n1,Ängel\n,\n\n",
    "UTF-8 mark": b"\xef\xbb\xbf" + "id,name\n1,Ängel\n".encode(),
    "UTF-8 mark, quoted": b"\xef\xbb\xbf" + '"id","name"\r\n"1","Ängel"\r\n'.encode(),
    "UTF-16": "id,name\n1,Ängel\n".encode("utf-16"),
    "UTF-32": "id,name\n1,Ängel\n".encode("utf-32"),
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_a_spreadsheets_export_is_read_as_it_comes(tmp_path, data):
    assert rows(tmp_path, data) == [ROW]


def test_cells_may_hold_lines_quotes_and_delimiters(tmp_path):
    data = 'id,name\n1,"A ""big"", old\nfirm"\n'

    assert rows(tmp_path, data) == [{"id": "1", "name": 'A "big", old\nfirm'}]


def test_a_semicolon_and_another_encoding_are_settings(tmp_path):
    data = "id;name\n1;Ängel\n".encode("cp1252")

    assert rows(tmp_path, data, delimiter=";", encoding="cp1252") == [ROW]


def test_a_short_row_lacks_its_last_cells(tmp_path):
    assert rows(tmp_path, "id,name,city\n1,Acme\n") == [{"id": "1", "name": "Acme"}]


def test_json_lines_keep_their_types(tmp_path):
    data = b'{"id":1,"tags":["a"],"address":{"city":"Lund"}}\n\n{"id":2}\n'

    assert rows(tmp_path, data, name="companies.jsonl") == [
        {"id": 1, "tags": ["a"], "address": {"city": "Lund"}},
        {"id": 2},
    ]


FAULTS = {
    "too many cells": ("id,name\n1,a,b\n", "line 2 has 3 cells"),
    "an open quote": ('id,name\n1,"a\n', "line 2"),
    "one name twice": ("id,name,name\n1,a,b\n", "names name twice"),
    "an empty file": ("", "names no column"),
    "a last line cut off": ("id,name,city\n1,a,b\n2,c", "line 3 is the last one, has 2 of 3"),
    "a line without an end": (f"id,name\n1,{'x' * 16_000_000}", "line 2 has more than 16,000,000"),
    "no UTF-8": ("id,name\n1,Ängel\n".encode("cp1252"), "not utf-8"),
}


@pytest.mark.parametrize(("data", "words"), FAULTS.values(), ids=FAULTS)
def test_what_is_no_table_is_refused_with_its_line(tmp_path, data, words):
    with pytest.raises(FatalError, match=words) as caught:
        rows(tmp_path, data)

    assert "companies.csv" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "line", [b"{", b"[1]", b'{"id":NaN}', b'{"id":"\\ud83d"}', b"\xff"],
    ids=["cut", "a list", "not a number", "half a character", "no UTF-8"],
)  # fmt: skip
def test_a_line_that_is_no_object_is_refused_by_its_number(tmp_path, line):
    with pytest.raises(FatalError, match="line 2"):
        rows(tmp_path, b'{"id":1}\n' + line + b"\n", name="companies.ndjson")


def test_a_byte_order_mark_before_json_lines_is_passed_over(tmp_path):
    data = b"\xef\xbb\xbf" + b'{"id":1}\n'

    assert rows(tmp_path, data, name="companies.jsonl") == [{"id": 1}]


def test_a_json_line_without_an_end_is_refused_before_it_fills_the_memory(tmp_path):
    line = b'{"id":"' + b"x" * 16_000_000
    with pytest.raises(FatalError, match="line 1 has more than 16,000,000 bytes"):
        rows(tmp_path, line, name="companies.jsonl")


def test_an_encoding_that_does_not_fit_the_file_is_named(tmp_path):
    with pytest.raises(FatalError, match="is not utf-16"):
        rows(tmp_path, "id\n1\n", encoding="utf-16")


def test_a_disk_that_fails_is_named_and_the_run_may_be_repeated(tmp_path):
    (tmp_path / "companies.csv").symlink_to("/proc/self/mem")  # it opens, and cannot be read
    opened = Export(tmp_path / "companies.csv", FileSettings(folder=str(tmp_path)))
    with opened, pytest.raises(RetryableError, match="cannot be read on") as caught:
        list(opened.rows())

    assert caught.value.hint


def test_a_name_that_no_file_can_have_is_no_object(tmp_path):
    with pytest.raises(ConfigError):
        path_of(FileSettings(folder=str(tmp_path)), "a" * 300)


def test_ids_that_are_missing_or_come_twice_are_named_all_at_once(tmp_path):
    data = "id,name\n1,a\n,b\n1,c\n" + ",d\n" * 9
    with export(tmp_path, data) as opened, pytest.raises(FatalError) as caught:
        opened.contents()

    for words in ("line 3 has no id", "line 4 has the id of line 2, 1", "and 6 more"):
        assert words in caught.value.message


@pytest.mark.parametrize(("value", "one"), [("17.0", "17"), ("17", "17"), ('" a "', "a")])
def test_ids_are_text_whatever_the_export_made_of_them(tmp_path, value, one):
    lines = f'{{"id":{value}}}\n{{"id":"{one}"}}'
    opened = export(tmp_path, lines, name="companies.jsonl")
    with opened, pytest.raises(FatalError, match=f"id of line 1, {one}"):
        opened.contents()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id":"1.23457E+11"}', "1.23457E+11, which a spreadsheet has rounded"),
        ('{"id":"1,23457E+11"}', "which a spreadsheet has rounded"),
        ('{"id":9007199254740993.0}', "has no id"),
        ('{"id":123456789012345678901}', "has no id"),
    ],
)
def test_ids_that_were_rounded_on_the_way_are_refused(tmp_path, line, words):
    opened = export(tmp_path, line, name="companies.jsonl")
    with opened, pytest.raises(FatalError, match=re.escape(words)):
        opened.contents()


def test_an_export_that_is_written_to_while_it_is_read_is_no_answer(tmp_path):
    with export(tmp_path, "id\n1\n2\n") as opened:
        reading = opened.rows()
        next(reading)
        with (tmp_path / "companies.csv").open("a") as file:
            file.write("3\n")

        with pytest.raises(RetryableError, match="changed while it was read"):
            list(reading)


def test_an_export_that_is_replaced_while_it_is_read_is_read_to_its_end(tmp_path):
    with export(tmp_path, "id\n1\n2\n") as opened:
        reading = opened.rows()
        next(reading)
        (tmp_path / "new").write_text("id\n9\n")
        os.replace(tmp_path / "new", tmp_path / "companies.csv")  # noqa: PTH105 - as exporters do

        assert [row["id"] for _, row in reading] == ["2"]


def test_an_object_is_one_file_of_the_folder(tmp_path):
    for name in ("companies.csv", "deals.jsonl", "notes.txt", "both.csv", "both.tsv"):
        (tmp_path / name).touch()
    settings = FileSettings(folder=str(tmp_path))

    assert path_of(settings, "companies") == tmp_path / "companies.csv"
    assert objects_in(tmp_path) == ["both", "companies", "deals"]
    for name in ("both", "notes", "nothing", "../companies", "/etc/passwd"):
        with pytest.raises(ConfigError) as caught:
            path_of(settings, name)
        assert "deals" in caught.value.hint


def test_a_file_that_may_not_be_read_says_so(tmp_path):
    with pytest.raises(FatalError, match=r"companies\.csv cannot be read"):
        Export(tmp_path / "companies.csv", FileSettings(folder=str(tmp_path)))
