from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from crmsync.secrets import FOLDER
from crmsync.sources.file.settings import FileSettings


def test_a_relative_folder_begins_at_the_configurations_own():
    for folder, expected in (("exports", "/etc/crm/exports"), ("/data", "/data")):
        context = {FOLDER: Path("/etc/crm")}
        settings = FileSettings.model_validate({"folder": folder}, context=context)

        assert settings.folder == expected


@pytest.mark.parametrize(
    "table",
    [
        {},
        {"folder": "x", "delimiter": "||"},
        {"folder": "x", "delimiter": '"'},
        {"folder": "x", "encoding": "klingon"},
        {"folder": "x", "id_column": ""},
    ],
    ids=["no folder", "two characters", "a quote", "no encoding", "no id"],
)
def test_a_table_that_cannot_work_is_refused(table):
    with pytest.raises(ValidationError):
        FileSettings.model_validate(table)
