"""A platform in a package of its own: built, installed, and run by the commands that people run."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.project.pages import blocks, section, text_of
from tests.project.plugin_package import PACKAGE, STEPS, package_files

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
OFFLINE = ("--no-deps", "--no-index", "--no-build-isolation", "--no-compile")
STEP = re.compile(r"^(\d+)\. (.+(?:\n   .+)*)", re.MULTILINE)
SHEET = '[sources.sheet]\ntype = "file"\nfolder = "."\n'
ROWS = "id,Name,Website,Colour\n1,Acme,https://acme.com,red\n2,Åre,are.se,\n3,No site,,blue\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """Where the package is installed, from its sources, without a network."""
    target: Path = tmp_path_factory.mktemp("installed")
    command = [sys.executable, *PIP, *OFFLINE, "--target", str(target), str(PACKAGE)]
    subprocess.run(command, check=True)
    return target


@pytest.fixture(scope="module")
def env(installed) -> dict[str, str]:
    """What the processes know: where the package is, and its secret."""
    ours = ("CRMSYNC_", "PYTEST_", "XDG_")
    known = {name: text for name, text in os.environ.items() if not name.startswith(ours)}
    return known | {"PYTHONPATH": str(installed), "WEBHOOK_SECRET": SECRET}


@contextmanager
def receiver(env) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`python -m crmsync_webhook`, with the address that it tells."""
    command = [sys.executable, "-m", "crmsync_webhook", "--port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True) as child:
        assert child.stderr is not None
        told = iter(child.stderr.readline, "")
        url = next(found[1] for line in told if (found := re.search(r'base_url = "(.+)"', line)))
        try:
            yield url, child
        finally:
            child.kill()


@pytest.fixture
def crmsync(env, tmp_path):
    """Runs a command in a folder with the configuration of the package's page."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "crmsync", *arguments]
        return subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False
        )

    return run


def configure(folder: Path, url: str) -> None:
    page = (PACKAGE / "README.md").read_text(encoding="utf-8")
    (table,) = (block.text for block in blocks(page) if "[syncs." in block.text)
    text = SHEET + table.replace("http://127.0.0.1:8900", url)
    (folder / "config.toml").write_text(text, encoding="utf-8")
    (folder / "companies.csv").write_text(ROWS, encoding="utf-8")


def test_installed_it_is_checked_and_run_and_a_second_run_sends_nothing(env, crmsync, tmp_path):
    with receiver(env) as (url, child):
        configure(tmp_path, url)
        checked = crmsync("check")
        first, again = (
            json.loads(crmsync("run", "--json", *more).stdout) for more in ([], ["--full"])
        )
        child.send_signal(signal.SIGINT)
        arrived = [json.loads(line) for line in child.communicate(timeout=60)[0].splitlines()]
    assert (checked.returncode, "webhook: secret: 24 bytes" in checked.stdout) == (0, True)
    assert (first["exit_code"], first["syncs"][0]["counts"]["accepted"]) == (0, 3)
    assert (again["exit_code"], again["syncs"][0]["counts"]["unchanged"]) == (0, 3)
    assert again["syncs"][0]["destination_requests"] == 0
    assert arrived[0] == {"id": "sheet:1", "name": "Acme", "domain": "acme.com", "colour": "red"}
    assert [one["id"] for one in arrived] == ["sheet:1", "sheet:2", "sheet:3"]


def test_its_presets_are_listed_and_its_starter_tells_its_settings(crmsync):
    listed = json.loads(crmsync("mapping", "presets", "--json").stdout)["presets"]
    brought = {(one["source"], one["object"]) for one in listed if one["destination"] == "webhook"}
    assert ("hubspot", "companies") in brought
    assert len(brought) == len([*PACKAGE.rglob("presets/*.toml")])
    starter = crmsync("init", "--source", "hubspot", "--destination", "webhook", "--output", "-")
    assert 'secret = "${WEBHOOK_SECRET}"' in starter.stdout
    assert "crmsync mapping show" in starter.stdout


def test_its_own_tests_pass_against_what_is_installed(env, tmp_path):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(PACKAGE)]
    alone = env | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=alone, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d\d passed", done.stdout)


def test_the_schema_for_editors_knows_its_table(env, tmp_path):
    page = section(text_of("docs/CONTRIBUTING.md"), "How to add a destination")
    (line,) = (block.text for block in blocks(page, "sh") if "json_schema" in block.text)
    command = line.replace("python -c", f"{sys.executable} -c")
    subprocess.run(["bash", "-c", command], cwd=tmp_path, env=env, check=True)  # noqa: S607 - bash is where it is
    schema = json.loads((tmp_path / "crmsync.schema.json").read_text(encoding="utf-8"))
    assert "secret" in schema["$defs"]["destinations.webhook"]["required"]


def test_the_steps_are_those_of_the_page_and_each_left_its_file():
    page = section(text_of("docs/CONTRIBUTING.md"), "How to add a destination")
    steps = {int(number): text for number, text in STEP.findall(page)}
    for name, step in STEPS.items():
        assert name in steps[step], name
        assert any(name in path.parts for path in package_files()), name
