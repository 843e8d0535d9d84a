from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

from crmsync.config.describing import descriptions


class Table(BaseModel):
    """A table."""

    name: str
    """What it is called,
    in two lines."""
    limit: int = Field(default=1, description="How many.")
    plain: bool = False
    kind: ClassVar[str] = "no key"
    """And no description of one."""


class Special(Table):
    plain: bool = True
    """Whether it is plain."""


def test_a_key_is_described_by_the_docstring_below_it_or_by_its_field():
    assert descriptions(Table) == {
        "name": "What it is called,\nin two lines.",
        "limit": "How many.",
    }


def test_a_table_describes_the_keys_that_it_takes_over_too():
    assert descriptions(Special) == {**descriptions(Table), "plain": "Whether it is plain."}


def test_a_model_without_sources_has_what_its_fields_say():
    made = type(
        "Made",
        (BaseModel,),
        {"__annotations__": {"limit": int}, "limit": Field(description="How many.")},
    )

    assert descriptions(made) == {"limit": "How many."}
