from __future__ import annotations

from datetime import UTC, datetime

import pytest

from crmsync.records import Query
from crmsync.sources.file.read import PAGE
from tests.sources.file.exports import Folder, open_source, read

QUERY = Query(object="companies")


@pytest.fixture
def folder(tmp_path, clock):
    return Folder(tmp_path, clock)


def test_a_row_is_a_record_under_its_columns_names(tmp_path, clock):
    (tmp_path / "companies.csv").write_text("nr,name,changed,link\n7,Acme,2026-01-02,https://x.y\n")
    source = open_source(
        tmp_path, clock, id_column="nr", modified_column="changed", url_column="link"
    )
    ((record,),) = (page.records for page in read(source, QUERY))

    assert (record.id, record.fields["name"], record.url) == ("7", "Acme", "https://x.y")
    assert record.modified_at == datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "yesterday", "01/02/2026"])
def test_a_time_that_is_none_leaves_the_record_without(tmp_path, clock, text):
    (tmp_path / "companies.csv").write_text(f"id,changed\n7,{text}\n")
    source = open_source(tmp_path, clock, modified_column="changed")

    assert read(source, QUERY)[0].records[0].modified_at is None


def test_an_export_of_no_rows_is_one_empty_page(tmp_path, clock):
    (tmp_path / "companies.csv").write_text("id,name\n")
    (page,) = read(open_source(tmp_path, clock), QUERY)

    assert (page.records, page.total, page.last, page.full) == ((), 0, True, True)


def test_a_full_pass_whose_export_was_replaced_begins_anew_and_says_so(folder):
    first = read(folder.open(), QUERY)[0]
    folder.change("1")
    pages = read(folder.open(), QUERY, cursor=first.cursor)

    assert [page.anew for page in pages] == [True, *[False] * (len(pages) - 1)]
    assert sum(len(page.records) for page in pages) == pages[0].total == 1180


def test_a_complete_read_whose_export_was_replaced_is_followed_by_a_full_pass(folder):
    cursor = read(folder.open(), QUERY)[-1].cursor
    folder.change("1")
    pages = read(folder.open(), QUERY, cursor=cursor)

    assert [(page.full, page.anew) for page in pages] == [(True, False)] * len(pages)


def test_settings_that_change_what_an_export_means_have_it_read_anew(folder):
    cursor = read(folder.open(), QUERY)[-1].cursor
    (nothing,) = read(folder.open(), QUERY, cursor=cursor)
    pages = read(folder.open(url_column="Website URL"), QUERY, cursor=cursor)

    assert (nothing.records, nothing.full) == ((), False)
    assert (pages[0].full, pages[0].records[0].url) == (True, "c1.com")


def test_pages_are_bounded(folder):
    assert max(len(page.records) for page in read(folder.open(), QUERY)) <= PAGE
