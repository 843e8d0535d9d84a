from __future__ import annotations

from crmsync.destinations.akita.fields import FIELDS as AKITA
from crmsync.destinations.akooda.fields import FIELDS
from crmsync.destinations.documenting import field_table


def test_the_table_has_a_row_a_field_in_order():
    rows = field_table(FIELDS).splitlines()
    assert [row.split("`")[1] for row in rows[2:]] == list(FIELDS)
    assert {row.count(" | ") for row in rows[2:]} == {5}


def test_a_row_tells_limits_choices_and_what_happens_to_the_rest():
    rows = {row.split("`")[1]: row for row in field_table(FIELDS).splitlines()[2:]}
    assert "`domain` (required)" in rows["domain"]
    assert "255 elements of 49 characters | clipped" in rows["properties.segments"]
    assert "enum: LOW, MEDIUM, HIGH" in rows["properties.risk"]
    assert "49 characters | left out, with a warning" in rows["properties.phone"]


def test_a_list_of_objects_tells_what_they_have():
    rows = {row.split("`")[1]: row for row in field_table(AKITA).splitlines()[2:]}
    assert "| list of objects with `email` and `role_id` |" in rows["roles"]
    assert "| list of whole numbers |" in rows["tags"]
    assert "| day, `YYYY-MM-DD` |" in rows["customer_end_date"]
