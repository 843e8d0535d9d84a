from __future__ import annotations

import pytest

from crmsync.cli.demo import called


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("{here}/.venv/bin/crmsync", ".venv/bin/crmsync"),
        (".venv/bin/crmsync", ".venv/bin/crmsync"),
        ("/elsewhere/bin/crmsync", "/elsewhere/bin/crmsync"),
        ("{here}/src/crmsync/__main__.py", "crmsync"),
        ("{here}/found/crmsync", "crmsync"),
    ],
    ids=["absolute", "relative", "elsewhere", "module", "on the path"],
)
def test_it_tells_how_to_call_crmsync_again(tmp_path, monkeypatch, program, told):
    found = tmp_path / "found" / "crmsync"
    found.parent.mkdir()
    found.touch(mode=0o700)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(found.parent))
    assert called(program.format(here=tmp_path)) == told
