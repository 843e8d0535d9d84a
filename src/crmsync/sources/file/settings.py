"""What a source of type `file` may say: a docstring a key."""

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator

from crmsync.secrets import FOLDER
from crmsync.transport.settings import TABLE

FORMATS: Final = {
    ".csv": ",",
    ".tsv": "\t",
    ".jsonl": "",
    ".ndjson": "",
}
"""Suffixes that are read, with the delimiter between columns; JSON lines have none."""


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError(f'"{name}" is no encoding; try utf-8 or cp1252') from None
    return name


def _delimiter(text: str) -> str:
    if text in '"\r\n':
        raise ValueError("must not be a quote or a line's end, which cells are told by")
    return text


class FileSettings(BaseModel):
    """A folder of exports: CSV, TSV or JSON lines, one file an object."""

    model_config = TABLE

    folder: Annotated[str, Field(examples=["exports"])]
    """The folder of the files. An object's name is its file's name without the suffix:
    `companies` is `companies.csv`, `.tsv`, `.jsonl` or `.ndjson`. A relative folder begins
    at the configuration file's own."""
    id_column: Annotated[str, Field(min_length=1)] = "id"
    """The column that holds each row's id. Ids must be there, and differ."""
    modified_column: str = ""
    """The column that says when a row was changed (ISO 8601); it decides between rows that
    go to one key. Left out, rows have no such time."""
    url_column: str = ""
    """The column with an address where people open the record; left out, there is none."""
    deleted_column: str = ""
    """The column that marks rows as deleted (`true`, `yes`, `1`); left out, none is."""
    delimiter: (
        Annotated[str, Field(min_length=1, max_length=1), AfterValidator(_delimiter)] | None
    ) = None
    """What stands between the columns of a `.csv`, where it is not a comma: `";"`."""
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    """How a `.csv` or `.tsv` is encoded, where it has no byte order mark."""

    @field_validator("folder")
    @classmethod
    def _resolved(cls, folder: str, info: ValidationInfo) -> str:
        base = (info.context or {}).get(FOLDER, Path())
        return str(base / Path(folder).expanduser())
