"""A secret's value is looked up where it is needed, and shows nowhere else."""

from __future__ import annotations

import json
import pickle

import pytest
from pydantic import BaseModel

from crmsync.errors import ConfigError
from crmsync.secrets import MASK, Secret

VALUE = "pat-eu1-0123456789"


class Settings(BaseModel):
    token: Secret


def test_a_variable_is_looked_up_when_it_is_revealed(monkeypatch):
    secret = Secret("${CRMSYNC_TOKEN}")
    monkeypatch.setenv("CRMSYNC_TOKEN", VALUE)

    assert secret.reveal() == VALUE
    assert not secret.literal


def test_a_files_line_end_is_no_part_of_the_secret(tmp_path):
    path = tmp_path / "token"
    path.write_text(f"{VALUE}\n")

    assert Secret(f"file:{path}").reveal() == VALUE


def test_literal_text_is_the_value_and_is_told():
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE).literal


@pytest.mark.parametrize(
    "write", [repr, str, "{}".format, lambda one: f"{[one]}"], ids=["repr", "str", "format", "list"]
)
def test_no_way_of_writing_it_shows_it(write):
    assert VALUE not in write(Secret(VALUE))
    assert MASK in write(Secret(VALUE))


@pytest.mark.parametrize("write", [json.dumps, pickle.dumps], ids=["json", "pickle"])
def test_it_is_not_written_anywhere(write):
    with pytest.raises(TypeError):
        write(Secret(VALUE))


def test_a_settings_model_takes_its_reference_and_shows_none():
    assert VALUE not in repr(Settings.model_validate({"token": VALUE}))


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("${CRMSYNC_NOT_SET}", r"\$CRMSYNC_NOT_SET is not set"),
        ("file:/nowhere/token", "/nowhere/token cannot be read"),
        ("   ", "the literal secret is empty"),
        (f"{VALUE}\nX-Other: 1", "the literal secret holds characters that no credential has"),
        (f"“{VALUE}”", "the literal secret holds characters that no credential has"),
    ],
    ids=["variable", "file", "empty", "line break", "typographic quotes"],
)
def test_what_cannot_be_used_is_named_without_its_value(reference, told, monkeypatch):
    monkeypatch.delenv("CRMSYNC_NOT_SET", raising=False)

    with pytest.raises(ConfigError, match=told) as caught:
        Secret(reference).reveal()

    assert VALUE not in f"{caught.value} {caught.value.hint}"
    assert caught.value.hint


def test_a_rotated_value_is_written_back_to_its_file_for_the_owner_alone(tmp_path):
    path = tmp_path / "refresh"
    path.write_text(VALUE)
    secret = Secret("file:refresh", folder=tmp_path)
    secret.replace("new")

    assert secret.reveal() == "new"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["refresh"]


def test_a_value_that_came_from_no_file_cannot_be_written_back(monkeypatch):
    monkeypatch.setenv("CRMSYNC_TOKEN", VALUE)

    for secret in (Secret("${CRMSYNC_TOKEN}"), Secret(VALUE)):
        with pytest.raises(ConfigError) as caught:
            secret.replace("new")
        assert "file:PATH" in caught.value.hint
        assert "new" not in str(caught.value)
