"""A secret's value is looked up where it is needed, and shows nowhere else."""

from __future__ import annotations

import copy
import dataclasses
import json
import os
import pickle
import pprint
import traceback

import pytest
from pydantic import BaseModel

from crmsync.errors import ConfigError
from crmsync.secrets import MASK, Secret

VALUE = "pat-eu1-0123456789"


class Settings(BaseModel):
    token: Secret


def test_f101_a_variable_is_looked_up_when_it_is_revealed(monkeypatch):
    secret = Secret("${CRMSYNC_TOKEN}")
    monkeypatch.setenv("CRMSYNC_TOKEN", VALUE)

    assert secret.reveal() == VALUE
    assert not secret.literal

    monkeypatch.setenv("CRMSYNC_TOKEN", "another")  # it was rotated
    assert secret.reveal() == "another"


@pytest.mark.parametrize("end", ["\n", "\r\n", "  ", "\t\n"], ids=ascii)
def test_sec3_a_files_line_end_is_no_part_of_the_secret(tmp_path, end):
    path = tmp_path / "token"
    path.write_text(f"{VALUE}{end}", newline="")

    assert Secret(f"file:{path}").reveal() == VALUE


def test_a_file_among_systemds_credentials_is_read_in_whatever_unit_this_is(tmp_path, monkeypatch):
    secret = Secret("file:${CREDENTIALS_DIRECTORY}/hubspot", folder=tmp_path / "elsewhere")
    tmp_path.joinpath("hubspot").write_text(VALUE)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret.reveal() == VALUE
    assert not secret.literal

    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(ConfigError, match=r"\$CREDENTIALS_DIRECTORY is not set") as caught:
        secret.reveal()
    assert "systemd-run" in str(caught.value.hint)


def test_literal_text_is_the_value_and_is_told():
    assert Secret(VALUE).reveal() == VALUE
    assert Secret(VALUE).literal


@dataclasses.dataclass(frozen=True)
class Held:
    token: Secret


def raised(secret):
    return "".join(traceback.format_exception(ValueError(secret)))


SHOWN = {
    "repr": repr,
    "str": str,
    "format": "{:>40}".format,
    "f-string": lambda one: f"{one!r} {one!s} {one}",
    "percent": lambda one: "%s %r" % (one, one),  # noqa: UP031 - loggers do it
    "list": lambda one: f"{[one]} { ({'a': one}) }",
    "pprint": pprint.pformat,
    "dataclass": lambda one: repr(Held(one)),
    "exception": raised,
    "json-default": lambda one: json.dumps(one, default=str),
}
WRITTEN = {
    "json": json.dumps,
    "pickle": pickle.dumps,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "asdict": lambda one: dataclasses.asdict(Held(one)),
    "vars": vars,
}


@pytest.mark.parametrize("write", SHOWN.values(), ids=[f"SEC15-{one}" for one in SHOWN])
def test_no_way_of_writing_it_shows_it(write):
    assert VALUE not in write(Secret(VALUE))
    assert MASK in write(Secret(VALUE))


@pytest.mark.parametrize("write", WRITTEN.values(), ids=[f"SEC15-{one}" for one in WRITTEN])
def test_it_is_not_written_anywhere(write):
    with pytest.raises(TypeError) as caught:
        write(Secret(VALUE))
    assert VALUE not in str(caught.value)


def test_a_settings_model_takes_its_reference_and_shows_none():
    assert VALUE not in repr(Settings.model_validate({"token": VALUE}))


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("${CRMSYNC_NOT_SET}", r"\$CRMSYNC_NOT_SET is not set"),
        ("file:/nowhere/token", "/nowhere/token cannot be read"),
        (" \r\n", "the literal secret is empty"),
        (f"{VALUE}\nX-Other: 1", "the literal secret holds characters that no credential has"),
        (f"{VALUE}\x7f", "the literal secret holds characters that no credential has"),
        (f"“{VALUE}”", "the literal secret holds characters that no credential has"),
    ],
    ids=["variable", "file", "empty", "line break", "delete", "quotes"],
)
def test_sec3_what_cannot_be_used_is_named_without_its_value(reference, told, monkeypatch):
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


def test_sec55_what_lies_where_a_rotated_value_is_written_first_is_not_written_through(tmp_path):
    victim, draft = tmp_path / "victim", tmp_path / f".refresh.{os.getpid()}"
    victim.write_text("mine")
    draft.symlink_to(victim)
    (tmp_path / "refresh").write_text(VALUE)
    Secret("file:refresh", folder=tmp_path).replace("new")

    assert victim.read_text() == "mine"
    assert (tmp_path / "refresh").read_text() == "new\n"
    assert not draft.is_symlink()


def test_a_value_that_came_from_no_file_cannot_be_written_back(monkeypatch):
    monkeypatch.setenv("CRMSYNC_TOKEN", VALUE)

    for secret in (Secret("${CRMSYNC_TOKEN}"), Secret(VALUE)):
        with pytest.raises(ConfigError) as caught:
            secret.replace("new")
        assert "file:PATH" in caught.value.hint
        assert "new" not in str(caught.value)


def test_two_secrets_are_equal_where_they_refer_to_the_same(tmp_path):
    assert Secret("${A}") == Secret("${A}")
    assert len({Secret("file:a"), Secret("file:a"), Secret("file:a", folder=tmp_path)}) == 2
    assert Secret("a") != "a"
