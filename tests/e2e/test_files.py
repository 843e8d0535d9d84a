"""A spreadsheet's export for a CRM: the same commands, the same books."""

from __future__ import annotations

import pytest

CONFIG = """\
[sources.sheet]
type = "file"
folder = "exports"
modified_column = "changed"

[destinations.akooda]
tenant_id = "${{AKOODA_TENANT_ID}}"
api_key = "${{AKOODA_API_KEY}}"
base_url = "{url}/akooda"

[syncs.sheet-companies]
source = "sheet"
object = "companies"
destination = "akooda"
on_delete = "disable"
[syncs.sheet-companies.fields]
domain = {{ from = "Website", transforms = "domain" }}
"properties.displayName" = "Name"
"properties.objectId" = "record.id"
"""
ROWS = {
    "1": "1,Acme,https://www.acme.com,2026-01-01",
    "2": "2,Böhm,boehm.de,2026-01-02",
    "3": "3,No site,,",
}


@pytest.fixture
def sheet(world):
    (world.folder / "config.toml").write_text(CONFIG.format(url=world.url), encoding="utf-8")
    (world.folder / "exports").mkdir()
    write(world, ROWS)
    return world


def write(world, rows):
    text = "\n".join(["id,Name,Website,changed", *rows.values(), ""])
    (world.folder / "exports" / "companies.csv").write_text(text, encoding="utf-8")


def test_a_sheet_is_checked_previewed_and_sent_and_the_books_balance(sheet):
    checked = sheet.crmsync("check", "--json")
    assert checked.code == 0
    dry = sheet.crmsync("dry-run", "--format", "json")
    assert dry.sync["changes"]["create"] == 2
    ended = sheet.run()
    counts = ended.sync["counts"]
    assert (ended.code, ended.sync["balanced"]) == (0, True)
    assert (counts["source_total"], counts["read"], counts["unverified"]) == (3, 3, 2)
    assert sheet.held().keys() == {"acme.com", "boehm.de"}


def test_an_unchanged_sheet_sends_nothing_and_a_row_that_left_is_disabled(sheet):
    assert sheet.run().code == 0
    again = sheet.run()
    assert (again.code, again.sync["counts"]["read"]) == (0, 0)
    write(sheet, {key: row.replace("Acme", "Acme AB") for key, row in ROWS.items() if key != "2"})
    assert sheet.run().code == 0
    held = sheet.held()
    assert held["acme.com"]["properties"]["displayName"] == "Acme AB"
    assert held["boehm.de"]["isEnabled"] is False


def test_fields_lists_the_columns_and_a_wrong_one_is_found_by_check(sheet):
    named = sheet.crmsync("fields", "sheet", "companies", "--json").json["fields"]
    assert [field["name"] for field in named] == ["Name", "Website", "changed", "id"]
    assert "name one" in sheet.crmsync("fields", "sheet").err
    config = sheet.folder / "config.toml"
    config.write_text(config.read_text().replace('"Name"', '"Naem"'), encoding="utf-8")
    checked = sheet.crmsync("check")
    assert checked.code == 2
    assert 'did you mean "Name"' in checked.out + checked.err


def test_a_broken_export_is_refused_before_anything_is_sent(sheet):
    write(sheet, {**ROWS, "4": ",No id,x.com,", "5": "1,Twice,y.com,"})
    ended = sheet.run()
    assert ended.code == 1
    for words in ("line 5 has no id", "line 6 has the id of line 2"):
        assert words in ended.sync["error"]
    assert sheet.held() == {}
