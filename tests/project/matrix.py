"""Which tests show which row of the fault matrix: read from their source, without running them.

A test names its rows by a marker, `@pytest.mark.fault(51)`, `@pytest.mark.security(16)` or
`@pytest.mark.invariant(3)`, on itself, its class, its module (`pytestmark`) or one of its
parameters; or by a word in its name or in an id of a parameter: `test_f51_…`, "SEC16 a link".
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from tests.project.pages import ROOT

TESTS: Final = ROOT / "tests"
MARKERS: Final = {"fault": "F", "security": "SEC", "invariant": "I"}
"""The letters of the rows that a marker's numbers mean."""

_WORD: Final = re.compile(r"(?<![a-z0-9])(f|sec|i)([1-9]\d{0,2})(?![a-z0-9])")
_IN_ID: Final = re.compile(r"(?<![A-Za-z0-9])(F|SEC|I)([1-9]\d{0,2})(?![A-Za-z0-9])")
_WORTH_READING: Final = re.compile(
    rb"mark\.(?:fault|security|invariant)\(|_(?:f|sec|i)[1-9]|\b(?:F|SEC|I)[1-9]\d{0,2}\b"
)
_MOST: Final = 3
"""How many tests a row of the page names; more are counted."""

Names = Mapping[str, ast.expr]


class Test(NamedTuple):
    """A test function: where it is, and its name."""

    path: str
    name: str

    @property
    def link(self) -> str:
        """Its sentence, for a page in docs/."""
        words = _WORD.sub("", self.name.removeprefix("test_")).replace("_", " ")
        return f"[{' '.join(words.split())}](../{self.path})"


@cache
def matrix() -> dict[str, dict[str, str]]:
    """The rows' titles by letters and number ("F51"), in order, and why some are left out."""
    read = tomllib.loads((TESTS / "project/matrix.toml").read_text(encoding="utf-8"))
    kinds = {"faults": "F", "security": "SEC", "invariants": "I"}
    titles = {
        letters: {f"{letters}{number}": title for number, title in read[table].items()}
        for table, letters in kinds.items()
    }
    return {**titles, "left_out": read["left_out"]}


@cache
def shown() -> dict[str, list[Test]]:
    """The tests of each row that has some, in the order of their files and lines."""
    found: dict[str, list[Test]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        source = path.read_bytes()
        if path.name == "test_matrix.py" or not _WORTH_READING.search(source):
            continue
        tree = ast.parse(source)
        where = str(path.relative_to(ROOT))
        for name, rows in _tests(tree.body, _assigned(tree.body), frozenset()):
            for row in rows:
                found[row].append(Test(where, name))
    return found


def rows_of(source: str) -> dict[str, frozenset[str]]:
    """The rows that each test of a module shows, by the test's name."""
    tree = ast.parse(source)
    return dict(_tests(tree.body, _assigned(tree.body), frozenset()))


def told(letters: str) -> Iterator[tuple[str, str, str]]:
    """The lines of a table: row, title, and the tests or why there are none."""
    rows = matrix()
    for row, title in rows[letters].items():
        yield row, title, _links(shown().get(row, ())) or f"left out: {rows['left_out'][row]}"


def _links(tests: Sequence[Test]) -> str:
    links = [test.link for test in tests[:_MOST]]
    more = len(tests) - _MOST
    return "; ".join(links) + (f"; and {more} more" if more > 0 else "")


def _tests(
    body: Sequence[ast.stmt], names: Names, outer: frozenset[str]
) -> Iterator[tuple[str, frozenset[str]]]:
    """The tests among some statements, those of classes too, with the rows of each."""
    outer |= _marked(names["pytestmark"], names) if "pytestmark" in names else frozenset()
    for node in body:
        if isinstance(node, ast.ClassDef):
            own = frozenset[str]().union(*(_marked(one, names) for one in node.decorator_list))
            inner = {**names, **_assigned(node.body)}
            yield from _tests(node.body, inner, outer | own)
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            named = {f"{letters.upper()}{number}" for letters, number in _WORD.findall(node.name)}
            yield (
                node.name,
                outer.union(named, *(_marked(one, names) for one in node.decorator_list)),
            )


def _marked(node: ast.AST, names: Names) -> frozenset[str]:
    """The rows in a decorator: by markers and by words in texts, those of constants included."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            letters = MARKERS.get(part.func.attr)
            found |= {f"{letters}{ast.literal_eval(one)}" for one in part.args if letters}
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= {letters + number for letters, number in _IN_ID.findall(part.value)}
        elif isinstance(part, ast.Name) and part.id in names and names[part.id] is not node:
            found |= _marked(names[part.id], {**names, part.id: ast.Constant(None)})
    return frozenset(found)


def _assigned(body: Sequence[ast.stmt]) -> dict[str, ast.expr]:
    """What names stand for, where they are assigned once and plainly."""
    found: dict[str, ast.expr] = {}
    for node in body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            found[node.target.id] = node.value
    return found
