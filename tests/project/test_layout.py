"""Where things are: the top level, the tests that mirror the source, sizes and names."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.project.pages import ROOT

SOURCE, TESTS = ROOT / "src/crmsync", ROOT / "tests"
TOP = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "benchmarks",
    "config.example.toml",
    "crontab.example",
    "docs",
    "pyproject.toml",
    "requirements.lock",
    "src",
    "tests",
}
MODULES = sorted(str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py"))
LONGEST, MEDIAN = 400, 150
WORTH_A_TEST = 30
DUMPING_GROUNDS = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}

TESTED_ELSEWHERE = {
    "adapters.py": "descriptions: test_plugins.py, and each adapter's test_contract.py",
    "destinations/atoka/kinship.py": "which queues are one: test_queues.py",
    "destinations/akooda/__init__.py": "the plugin: test_settings.py tailors it, test_contract.py",
    "drill/course.py": "a whole drill: tests/e2e/test_drill.py",
    "drill/lives.py": "real processes: tests/e2e/test_drill.py",
    "errors.py": "data: tested by who raises them, and by cli/output/test_errors.py",
    "exit_codes.py": "one table: tests/project/test_readme.py",
    "interfaces.py": "contracts: the conformance suites in crmsync.testing check them",
    "journal.py": "a contract: the ledgers' conformance suite checks it",
    "mapper.py": "a contract: mapping/test_compiler.py and test_tracing.py keep it",
    "payloads.py": "values: destinations/akooda/test_fields.py",
    "receipts.py": "values without behaviour",
    "records.py": "values without behaviour",
    "sources/file/source.py": "the parts, put together: test_contract.py",
    "state.py": "values: the ledger's conformance suite",
    "upkeep.py": "a contract: the ledgers' conformance suite checks it",
    "transport/pools.py": "tests/transport/test_sessions.py, and each source's test_client.py",
    "transport/wire.py": "the wire under http.py: test_http.py, test_tls.py",
}
"""Modules that have no test of their own name, with the reason."""

PACKAGES_TESTED_WHOLE = {
    "cli": "commands are run as a person runs them: tests/cli and tests/e2e",
    "sandbox": "the simulators are asked over HTTP, by what they simulate: tests/sandbox",
    "testing": "conformance suites are tests: each adapter's test_contract.py runs them",
    "engine": "plans, books and the driver are judged by whole runs: test_run.py, test_keys.py",
    "ledger": "one conformance suite, whatever the module: test_contract.py, test_model.py",
}
"""Packages whose modules need no test of their own name, with the reason."""


def tracked_names() -> set[str]:
    listed = subprocess.run(  # the repository's own files, whatever else lies about
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git is where it is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return set(listed.stdout.split())


def size(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def has_its_test(module: str) -> bool:
    path = Path(module)
    name = path.parent.name if path.stem == "__init__" else path.stem
    return any(TESTS.glob(f"{path.parent}/test_{name}.py")) or any(
        TESTS.glob(f"{path.parent}/test_{name}_*.py")
    )


def test_the_top_level_holds_what_it_should():
    names = {name.partition("/")[0] for name in tracked_names()}
    if not names:
        pytest.skip("this is no git checkout")
    assert {name for name in names if not name.startswith(".")} == TOP


def test_a_file_is_short():
    files = [*SOURCE.rglob("*.py"), *TESTS.rglob("*.py")]
    assert [str(path.relative_to(ROOT)) for path in files if size(path) > LONGEST] == []


def test_a_module_begins_with_its_job():
    texts = {module: (SOURCE / module).read_text(encoding="utf-8") for module in MODULES}
    assert [name for name, text in texts.items() if not text.startswith(('"""', 'r"""'))] == []


def test_half_of_the_modules_fit_on_three_screens():
    sizes = sorted(size(SOURCE / module) for module in MODULES)
    assert sizes[len(sizes) // 2] <= MEDIAN


def test_there_is_no_dumping_ground():
    names = {part.removesuffix(".py") for module in MODULES for part in Path(module).parts}
    assert names & DUMPING_GROUNDS == set()


@pytest.mark.parametrize("package", sorted({Path(m).parts[0] for m in MODULES if "/" in m}))
def test_a_package_has_tests(package):
    if package != "testing":
        assert any((TESTS / package).rglob("test_*.py"))


def untested() -> list[str]:
    return [
        module
        for module in MODULES
        if size(SOURCE / module) > WORTH_A_TEST
        and Path(module).parts[0] not in PACKAGES_TESTED_WHOLE
        and not has_its_test(module)
    ]


def test_a_module_has_its_test_or_a_reason():
    assert sorted(untested()) == sorted(TESTED_ELSEWHERE)
