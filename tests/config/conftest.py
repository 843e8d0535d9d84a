from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from crmsync.config.loading import load
from crmsync.errors import ConfigError

SOURCE = '[sources.hubspot]\naccess_token = "${HUBSPOT_ACCESS_TOKEN}"\n'
DESTINATION = '[destinations.akooda]\ntenant_id = "${TENANT}"\napi_key = "${KEY}"\n'
SYNC = '[syncs.main]\nsource = "hubspot"\nobject = "companies"\ndestination = "akooda"\n'

Faults = Callable[[str], dict[str, str]]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str, mode: int = 0o600) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    return write


@pytest.fixture
def faults(write: Callable[[str], Path]) -> Faults:
    """Loads a text and gives the message of each fault by its path."""

    def faults(text: str) -> dict[str, str]:
        try:
            load(write(text))
        except ConfigError as error:
            return {problem.field: problem.message for problem in error.problems}
        return {}

    return faults
