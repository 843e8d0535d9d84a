"""Every example of docs/mapping.md does what the page says."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from crmsync.destinations.akooda import PLUGIN
from crmsync.errors import ConfigError
from crmsync.mapping.building import Building
from crmsync.mapping.compiled import CompiledMapping
from crmsync.mapping.compiler import compile_mapping
from crmsync.mapping.compiling import compile_part
from crmsync.mapping.spec import parse_rules
from crmsync.payloads import Contribution, Field, FieldKind
from crmsync.receipts import Problem
from crmsync.records import Record
from tests.project.pages import blocks, text_of

PATH = "syncs.hubspot-companies.fields"
PAGE = text_of("docs/mapping.md")


class Example(NamedTuple):
    """A rule with what stands below it. `expected` are the texts of blocks by their roles."""

    rules: str
    code: str
    expected: Mapping[str, str]


def examples() -> list[Any]:
    """Every block of rules, with its section's Python and the blocks that belong to it."""
    found: list[tuple[str, str, str, dict[str, str]]] = []
    for heading, body in re.findall(
        r"^###? (.+?)$(.*?)(?=^###? |\Z)", PAGE, re.DOTALL | re.MULTILINE
    ):
        shown = blocks(body)
        code = "".join(block.text for block in shown if block.language == "python")
        for block in shown:
            if block.language == "toml" and not block.role:
                found.append((f"{len(found) + 1} {heading}", block.text, code, {}))
            elif block.role:
                found[-1][3][block.role] = block.text
    return [pytest.param(Example(*one[1:]), id=one[0]) for one in found]


def compiled(rules: str) -> CompiledMapping:
    """The mapping of an example, its domain the CRM's own."""
    parsed, problems = parse_rules({"domain": "domain", **tomllib.loads(rules)}, path=PATH)
    if problems:
        raise ConfigError(problems)
    return compile_mapping(parsed, plugin=PLUGIN, path=PATH, filter={}, object_name="companies")


def record_of(written: Mapping[str, Any]) -> Record:
    """A record as the page writes it: tables are joined, those of `record` its own facts."""
    facts = written.get("record", {})
    fields = {name: one for name, one in written.items() if not isinstance(one, dict)}
    moment = facts.get("modified_at")
    return Record(
        id=facts.get("id", "1"),
        fields={"domain": "acme.com", **fields},
        joins={name: one for name, one in written.items() if isinstance(one, dict)},
        modified_at=datetime.fromisoformat(moment) if moment else None,
        url=facts.get("url", ""),
    )


def told(problems: tuple[Problem, ...]) -> str:
    return "".join(f"{p.severity} {p.field} {p.code}: {p.message}\n" for p in problems)


@pytest.fixture(autouse=True)
def _our_mapping(request):
    """The page's own Python, where its rule looks for it."""
    example = request.node.callspec.params["example"]
    module = ModuleType("our_mapping")
    exec(example.code, module.__dict__)  # noqa: S102 - it is the page that is tested
    sys.modules[module.__name__] = module
    yield
    del sys.modules[module.__name__]


@pytest.mark.parametrize("example", examples())
def test_an_example_comes_out_as_the_page_says(example):
    if "payload" in example.expected:
        check_payload(example)
    elif "value" in example.expected:
        assert part_of(example) == json.loads(example.expected["value"])
    else:
        with pytest.raises(ConfigError) as caught:
            compiled(example.rules)
        lines = [f"{problem.field}: {problem.message}\n" for problem in caught.value.problems]
        assert "".join(lines) == example.expected["faults"]


def check_payload(example: Example) -> None:
    mapping = compiled(example.rules)
    written = json.loads(example.expected["record"])
    records = list(map(record_of, written if isinstance(written, list) else [written]))
    mapped = [mapping.map(record) for record in records]
    given = [
        Contribution("s", record.id, (0, 0), int(record.modified_at.timestamp()), one.fields)
        if record.modified_at
        else Contribution("s", record.id, (0, 0), 0, one.fields)
        for record, one in zip(records, mapped, strict=True)
    ]
    payload = mapping.merge(given)[0] if mapped[0].outcome is None else None
    shown = None if payload is None else {k: v for k, v in payload.items() if k != PLUGIN.key}
    assert shown == json.loads(example.expected["payload"])
    assert list(shown or ()) == list(json.loads(example.expected["payload"]) or ())
    problems = tuple(problem for one in mapped for problem in one.problems)
    assert told(problems) == example.expected.get("problems", "")


def part_of(example: Example) -> object:
    """What a rule makes before it is fitted to a field."""
    rules, problems = parse_rules(tomllib.loads(example.rules), path=PATH)
    assert not problems
    field = Field(name="contacts", kind=FieldKind.TEXT_LIST)
    building = Building(field=field, fit=lambda value: value, object_name="companies", sample=None)
    recipe = compile_part(rules["contacts"], PATH, building)
    return recipe.whole(record_of(json.loads(example.expected["record"])), [])
