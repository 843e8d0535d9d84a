"""One rule to one function: origin, pipeline, default, required, in this order."""

from __future__ import annotations

from dataclasses import replace

from crmsync.mapping import origins
from crmsync.mapping.building import Building, Extract, Report
from crmsync.mapping.paths import Getter, is_empty
from crmsync.mapping.pipelines import (
    UNMAPPED,
    Finish,
    Pipeline,
    check_constant,
    compile_pipeline,
    untouched,
)
from crmsync.mapping.rules import (
    Const,
    Hook,
    Items,
    Join,
    Listing,
    Origin,
    Pairs,
    Paths,
    Rule,
    Template,
)
from crmsync.mapping.shortcuts import as_it_is, of_field, of_path, text_of_field
from crmsync.mapping.spec import at
from crmsync.mapping.truth import compile_absence, compile_guard
from crmsync.mapping.values import Remark, Transform
from crmsync.receipts import Problem, Severity
from crmsync.records import Record


def compile_rule(rule: Rule, where: str, building: Building) -> Extract:
    """A destination field's rule, fitting included."""
    return _compile(rule, where, building, final=True)


def compile_part(rule: Rule, where: str, building: Building) -> Extract:
    """A rule inside another, whose value is fitted with the whole."""
    return _compile(rule, where, building, final=False)


def _compile(rule: Rule, where: str, building: Building, *, final: bool) -> Extract:
    pipeline = compile_pipeline(rule, where, building, final=final)
    extract = _origin(rule, where, building, pipeline)
    if rule.when:
        extract = _shortened(rule.origin, extract, pipeline.shortcut, building)
        extract = compile_guard(rule.when, extract, building)
    if rule.default is not None:
        default = _compile(rule.default, at(where, "default"), building, final=final)
        extract = _or_else(extract, default)
    if rule.required:
        extract = _required(extract, building.field.name)
    # A value that comes by the shortcut needs neither default nor demand.
    if not rule.when:
        extract = _shortened(rule.origin, extract, pipeline.shortcut, building)
    return extract


def _shortened(origin: Origin, whole: Extract, shortcut: Transform, building: Building) -> Extract:
    """*whole*, with the shortcut on its first path."""
    if not isinstance(origin, Paths) or not building.probe.folds:
        return whole
    path = origin.paths[0]
    if shortcut is as_it_is:
        return whole if "." in path else text_of_field(path, whole)
    if "." in path:
        return of_path(building.getter(path), shortcut, whole)
    return of_field(path, shortcut, whole)


def _origin(rule: Rule, where: str, building: Building, pipeline: Pipeline) -> Extract:
    origin, finish = rule.origin, pipeline.finish
    if isinstance(origin, Paths):
        return _paths(origin, building, finish)
    if isinstance(origin, Const):
        return _const(rule, origin, where, building, finish)
    extract = _composed(origin, where, building)
    return (
        _joined(extract, pipeline)
        if isinstance(origin, Join) and building.probe.folds
        else _finished(extract, finish)
    )


def _composed(origin: object, where: str, building: Building) -> Extract:
    match origin:
        case Join():
            return origins.join(origin, where, building, compile_part)
        case Listing():
            return origins.listing(origin, where, building, compile_part)
        case Pairs():
            return origins.pairs(origin, where, building, compile_part)
        case Items():
            return origins.items(origin, where, building, compile_part)
        case Template():
            return origins.template(origin, where, building)
        case Hook():
            return origins.hook(origin, where, building)
        case _:
            raise TypeError(f"no origin to compile: {type(origin).__name__}")


def _finished(extract: Extract, finish: Finish) -> Extract:
    def finished(record: Record, report: Report) -> object:
        value = extract(record, report)
        return None if not value and is_empty(value) else finish(value, report)

    return finished


def _joined(extract: Extract, pipeline: Pipeline) -> Extract:
    finish, shortcut = pipeline

    def joined(record: Record, report: Report) -> object:
        text = extract(record, report)
        if not text:
            return None
        value = shortcut(text)
        usable = value and value.__class__ is not Remark
        return value if usable else finish(text, report)

    return joined


def _const(rule: Rule, origin: Const, where: str, building: Building, finish: Finish) -> Extract:
    """A constant goes through its pipeline once, now: a record cannot change it."""
    if not building.probe.folds:
        return _finished(lambda *_: origin.value, finish)
    report: Report = []
    value = None if is_empty(origin.value) else finish(origin.value, report)
    if not rule.steps and rule.values is None:
        check_constant(origin.value, at(where, "const"), building)
    elif value is None:
        reasons = "; ".join(problem.message for problem in report)
        message = f"nothing is left of the constant{': ' if reasons else ''}{reasons}"
        building.fault(at(where, "const"), "bad_constant", message)

    def extract(record: Record, report: Report) -> object:
        del record, report
        return value

    return extract


def _paths(origin: Paths, building: Building, finish: Finish) -> Extract:
    getters = tuple((path, building.getter(path)) for path in origin.paths)
    missed = compile_absence(origin.paths, building)
    if len(getters) == 1:
        path, get = getters[0]
        return _raw(get, missed) if finish is untouched else _one_path(path, get, finish, missed)

    def first(record: Record, report: Report) -> object:
        start = len(report)
        for path, get in getters:
            raw = get(record)
            if raw is None:
                continue
            before = len(report)
            value = finish(raw, report)
            if len(report) > before:
                _name_path(report, before, path)
            if value is not None:
                _forgive(report, start, before)
                return value
        return missed(record, report)

    return first


def _raw(get: Getter, missed: Extract) -> Extract:
    def extract(record: Record, report: Report) -> object:
        raw = get(record)
        return missed(record, report) if raw is None else raw

    return extract


def _one_path(path: str, get: Getter, finish: Finish, missed: Extract) -> Extract:
    def extract(record: Record, report: Report) -> object:
        raw = get(record)
        if raw is None:
            return missed(record, report)
        before = len(report)
        value = finish(raw, report)
        if len(report) > before:
            _name_path(report, before, path)
        return value

    return extract


def _name_path(report: Report, start: int, path: str) -> None:
    for i in range(start, len(report)):
        problem = report[i]
        report[i] = problem._replace(message=f"{path}: {problem.message}")


def _forgive(report: Report, start: int, end: int) -> None:
    """Make what was refused before another value fitted a warning.

    A value that the rule itself rejects stays an error: that was asked for.
    """
    for i in range(start, end):
        if report[i].code != UNMAPPED:
            report[i] = report[i]._replace(severity=Severity.WARNING)


def _or_else(extract: Extract, default: Extract) -> Extract:
    def either(record: Record, report: Report) -> object:
        start = len(report)
        value = extract(record, report)
        if value is None:
            end = len(report)
            value = default(record, report)
            if value is not None:
                _forgive(report, start, end)
        return value

    return either


def _required(extract: Extract, field: str) -> Extract:
    def required(record: Record, report: Report) -> object:
        value = extract(record, report)
        if value is None:
            message = "the rule says required, and nothing came out"
            report.append(Problem(field, "REQUIRED_EMPTY", message, Severity.ERROR))
        return value

    return required


def attempts(rule: Rule, building: Building) -> tuple[tuple[str, Extract], ...]:
    """Each path of a rule alone, so that it can be said why none of them gave a value."""
    if not isinstance(rule.origin, Paths):
        return ()
    alone = {
        path: replace(rule, origin=Paths((path,)), default=None, required=False)
        for path in rule.origin.paths
    }
    more = attempts(rule.default, building) if rule.default else ()
    tries = tuple((path, compile_rule(one, "", building)) for path, one in alone.items())
    return tries + more
