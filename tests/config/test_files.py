from __future__ import annotations

import os
from pathlib import Path

import pytest

from crmsync.config.files import MAX_BYTES, find_config, read_config
from crmsync.errors import ConfigError


@pytest.fixture
def places(tmp_path, monkeypatch):
    """An empty working directory and a home for the user's own configuration."""
    (tmp_path / "here").mkdir()
    (tmp_path / "home" / "crmsync").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


def test_the_option_comes_first(places):
    (places / "here" / "config.toml").touch()
    assert find_config(Path("x.toml"), {"CRMSYNC_CONFIG": "y.toml"}) == Path("x.toml")


def test_then_the_variable(places):
    (places / "here" / "config.toml").touch()
    assert find_config(None, {"CRMSYNC_CONFIG": "y.toml"}) == Path("y.toml")


def test_then_the_working_directory(places):
    (places / "here" / "config.toml").touch()
    (places / "home" / "crmsync" / "config.toml").touch()
    found = find_config(None, {"XDG_CONFIG_HOME": str(places / "home")})
    assert found == Path("config.toml")


def test_then_the_users_own(places):
    own = places / "home" / "crmsync" / "config.toml"
    own.touch()
    assert find_config(None, {"XDG_CONFIG_HOME": str(places / "home")}) == own


def test_where_there_is_none_the_error_says_where_it_looked_and_what_to_run(places):
    with pytest.raises(ConfigError) as caught:
        find_config(None, {"XDG_CONFIG_HOME": str(places / "home")})
    assert "config.toml" in str(caught.value)
    assert "crmsync init" in caught.value.hint


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_sec11_a_strangers_file_is_not_used_unless_it_is_named(places):
    path = places / "here" / "config.toml"
    path.touch()
    os.chown(path, 12_345, -1)
    with pytest.raises(ConfigError, match="belongs to another user") as caught:
        find_config(None, {})
    assert "--config config.toml" in caught.value.hint
    assert find_config(Path("config.toml"), {}) == Path("config.toml")


BAD = [
    ("syntax", b"a = ", "is not valid TOML"),
    ("duplicate_key", b"a = 1\na = 2", "is not valid TOML"),
    ("latin_1", b"a = '\xe9'", "is not UTF-8"),
    ("too_large", b"#" * (MAX_BYTES + 1), "larger than 1 MB"),
    ("deep", b"a = " + b"[" * 50_000, "nests too deeply"),
    ("many_digits", b"a = " + b"1" * 5_000, "is not valid TOML"),
]


@pytest.mark.parametrize(("raw", "words"), [r[1:] for r in BAD], ids=[r[0] for r in BAD])
def test_sec40_what_is_no_configuration_is_refused_in_words(tmp_path, raw, words):
    path = tmp_path / "c.toml"
    path.write_bytes(raw)
    with pytest.raises(ConfigError, match=words):
        read_config(path)


def test_a_missing_file_and_a_folder_are_refused_by_name(tmp_path):
    for path, hint in ((tmp_path / "none.toml", "crmsync init"), (tmp_path, "the file in it")):
        with pytest.raises(ConfigError) as caught:
            read_config(path)
        assert caught.value.problems[0].field == str(path)
        assert hint in caught.value.hint


def test_a_byte_order_mark_is_no_fault(tmp_path):
    path = tmp_path / "c.toml"
    path.write_bytes(b"\xef\xbb\xbfa = 1")
    assert read_config(path).table == {"a": 1}


@pytest.mark.parametrize(("mode", "shared"), [(0o600, False), (0o400, False), (0o644, True)])
def test_it_tells_whether_others_may_read_the_file(tmp_path, mode, shared):
    path = tmp_path / "c.toml"
    path.touch()
    path.chmod(mode)
    assert read_config(path).shared is shared
