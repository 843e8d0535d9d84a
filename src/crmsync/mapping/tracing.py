"""How a record's fields came about: the same rules, compiled again with somebody watching."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from crmsync.mapper import TraceStep
from crmsync.mapping.agreement import Agreement
from crmsync.mapping.building import Page, Probe, Report
from crmsync.mapping.compiled import Found, Row, fill
from crmsync.mapping.paths import Getter
from crmsync.mapping.rules import Rule
from crmsync.mapping.values import Remark, Transform
from crmsync.mapping.writing import inline, unparse
from crmsync.receipts import Problem
from crmsync.records import Record

_OWN = "none: the destination makes it of its settings and of other fields"

MakeRow: TypeAlias = Callable[[str, Rule, Probe], Row]


class Recorder(Probe):
    """Writes down every raw value and every step, in the order in which they happen."""

    folds = False

    def __init__(self) -> None:
        self.raw: list[tuple[str, object]] = []
        self.steps: list[tuple[str, object]] = []

    def getter(self, path: str, get: Getter) -> Getter:
        """*get*, overheard."""

        def overheard(record: Record) -> object:
            value = get(record)
            self.raw.append((path, value))
            return value

        return overheard

    def step(self, name: str, apply: Transform) -> Transform:
        """*apply*, overheard."""

        def overheard(value: object) -> object:
            result = apply(value)
            self.steps.append((name, result.value if isinstance(result, Remark) else result))
            return result

        return overheard


def compile_trace(
    rules: Mapping[str, Rule], make_row: MakeRow, agree: Agreement | None
) -> Callable[[Record], Sequence[TraceStep]]:
    """The trace of a mapping whose *rules* stand in the destination's order.

    Nothing is compiled before the first trace: most runs never ask for one.
    """

    def trace(record: Record) -> Sequence[TraceStep]:
        found: Found = {}
        steps = [_field(name, rule, make_row, record, found) for name, rule in rules.items()]
        fields = {name: values[0] for name, values in found.items() if values[0] is not None}
        agreed = agree.settle(fields, record) if agree is not None else []
        settled = [_settled(step, fields, agreed) for step in steps]
        names = dict.fromkeys([*fields, *(problem.field for problem in agreed)])
        return settled + [_added(name, fields, agreed) for name in names if name not in rules]

    return trace


def _field(name: str, rule: Rule, make_row: MakeRow, record: Record, found: Found) -> TraceStep:
    recorder = Recorder()
    report: Report = []
    fill((make_row(name, rule, recorder),), Page((record,)), found, (report,))
    return TraceStep(
        field=name,
        rule=inline(unparse(rule)),
        raw=tuple(recorder.raw),
        steps=tuple(recorder.steps),
        value=found[name][0],
        problems=tuple(report),
    )


def _added(name: str, fields: Mapping[str, object], agreed: Sequence[Problem]) -> TraceStep:
    """A field that the destination itself made of the others."""
    made = TraceStep(field=name, rule=_OWN, raw=(), steps=(), value=None, problems=())
    return _settled(made, fields, agreed)


def _settled(step: TraceStep, fields: Mapping[str, object], agreed: Sequence[Problem]) -> TraceStep:
    more = tuple(problem for problem in agreed if problem.field == step.field)
    return step._replace(value=fields.get(step.field), problems=step.problems + more)
