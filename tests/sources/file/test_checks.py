from __future__ import annotations

from contextlib import closing

import pytest

from crmsync.exit_codes import ExitCode
from crmsync.records import Query
from tests.sources.file.exports import open_source


def check(
    tmp_path, clock, *, paths=(), filter_=(), data="id,Name,Website URL\n1,A,a.com\n", **settings
):
    (tmp_path / "companies.csv").write_text(data)
    query = Query(object="companies", paths=frozenset(paths), filter=dict.fromkeys(filter_, ("x",)))
    with closing(open_source(tmp_path, clock, **settings)) as source:
        return list(source.check(query))


def test_a_sound_export_passes_with_its_number_of_rows(tmp_path, clock):
    lines = check(tmp_path, clock, paths=["Name", "record.id", "Website URL"])

    assert [line.passed for line in lines] == [True, True]
    assert "1 rows" in lines[0].message


@pytest.mark.parametrize(
    "wrong",
    [{"paths": ["nmae"]}, {"filter_": ["nmae"]}, {"modified_column": "nmae"}],
    ids=["mapped", "filtered by", "named in the settings"],
)
def test_a_column_that_is_not_there_is_named_with_the_closest(tmp_path, clock, wrong):
    *_, line = check(tmp_path, clock, **wrong)

    assert (line.passed, line.code) == (False, ExitCode.USAGE)
    assert 'no column "nmae"' in line.message
    assert 'did you mean "Name"' in line.hint


def test_an_export_without_ids_fails_with_what_to_do(tmp_path, clock):
    (line,) = check(tmp_path, clock, data="nr,Name\n1,A\n")

    assert not line.passed
    assert "`id_column`" in line.hint
