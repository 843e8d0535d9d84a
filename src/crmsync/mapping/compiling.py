"""One rule to one function: origin, pipeline, default, required, in this order."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

from crmsync.mapping import columns, gathering, origins
from crmsync.mapping.building import Building, Composed, Extract, Recipe, Report
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
    Pairs,
    Paths,
    Rule,
    Template,
)
from crmsync.mapping.spec import at
from crmsync.mapping.truth import compile_absence, compile_guard
from crmsync.payloads import Field
from crmsync.receipts import Problem, Severity
from crmsync.records import Record


def compile_rule(rule: Rule, where: str, building: Building) -> Recipe:
    """A destination field's rule, fitting included."""
    own = replace(building, paths=set())
    recipe = _compile(rule, where, own, final=True)
    building.paths.update(own.paths)
    heads = {path.partition(".")[0] if "." in path else "" for path in own.paths}
    if len(heads) == 1 and heads.isdisjoint({"", "record"}) and _reads_paths_alone(rule):
        return recipe._replace(column=columns.of_reference(heads.pop(), recipe))
    return recipe


def compile_part(rule: Rule, where: str, building: Building) -> Recipe:
    """A rule inside another, whose value is fitted with the whole."""
    return _compile(rule, where, building, final=False)


def _compile(rule: Rule, where: str, building: Building, *, final: bool) -> Recipe:
    pipeline = compile_pipeline(rule, where, building, final=final)
    # What comes after the pipeline may weigh its problems otherwise.
    telling = final and not (rule.when or rule.default or rule.required)
    recipe = _origin(rule, where, building, pipeline, telling=telling)
    if rule.when:
        recipe = compile_guard(rule.when, recipe, building)
    if rule.default is not None:
        default = _compile(rule.default, at(where, "default"), building, final=final)
        recipe = Recipe(
            _or_else(recipe.whole, default.whole), columns.either(recipe.column, default.column)
        )
    if rule.required:
        recipe = Recipe(
            _required(recipe.whole, building.field.name), columns.demanded(recipe.column)
        )
    return recipe


def _reads_paths_alone(rule: Rule) -> bool:
    """Whether a record gives a rule nothing but the values at the rule's paths."""
    parts = [] if rule.default is None else [rule.default]
    match rule.origin:
        case Paths() | Const():
            pass
        case Join(several) | Listing(several):
            parts += several
        case Pairs(pairs):
            parts += [part for pair in pairs for part in (pair.key, pair.value)]
        case _:
            return False
    return all(map(_reads_paths_alone, parts))


def _origin(
    rule: Rule, where: str, building: Building, pipeline: Pipeline, *, telling: bool
) -> Recipe:
    origin, finish = rule.origin, pipeline.finish
    if isinstance(origin, Paths):
        return _paths(origin, building, pipeline, telling=telling)
    if isinstance(origin, Const):
        return _const(rule, origin, where, building, finish)
    extract, parts, combine, together = _composed(origin, where, building)
    ended = columns.ended(combine, finish, telling=telling)
    if isinstance(origin, Listing) and pipeline.items and _takes(building.field, len(parts)):
        fit, close = pipeline.items
        closed = columns.ended(list, close, telling=telling)
        column = gathering.listed(parts, fit, closed=closed, whole=ended)
    else:
        column = columns.rows(parts, ended, together=together, onward=_onward(pipeline))
    return Recipe(_finished(extract, finish), column)


def _takes(field: Field, items: int) -> bool:
    return field.max_items is None or items <= field.max_items


def _composed(origin: object, where: str, building: Building) -> Composed:
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


def _const(rule: Rule, origin: Const, where: str, building: Building, finish: Finish) -> Recipe:
    """A constant goes through its pipeline once, now: a record cannot change it."""
    if not building.probe.folds:
        return Recipe(_finished(lambda *_: origin.value, finish), columns.unknown)
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

    return Recipe(extract, lambda records: [value] * len(records))


def _paths(origin: Paths, building: Building, pipeline: Pipeline, *, telling: bool) -> Recipe:
    getters = tuple((path, building.getter(path)) for path in origin.paths)
    onward = _onward(pipeline)
    if pipeline.few and telling and len(getters) == 1:  # what is refused goes to no other path
        onward = columns.remembered(_named(origin.paths[0], pipeline.finish), telling=True)
    found = [
        columns.then(
            columns.of_path(path, get, compile_absence((path,), building), numbers=pipeline.few),
            onward,
        )
        for path, get in getters
    ]
    whole = _whole_paths(getters, pipeline.finish, compile_absence(origin.paths, building))
    return Recipe(whole, reduce(columns.either, found))


def _onward(pipeline: Pipeline) -> columns.Onward:
    if pipeline.few:
        return columns.remembered(pipeline.finish)
    return columns.through(pipeline.texts)


def _whole_paths(
    getters: tuple[tuple[str, Getter], ...], finish: Finish, missed: Extract
) -> Extract:
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
    named = _named(path, finish)

    def extract(record: Record, report: Report) -> object:
        raw = get(record)
        return missed(record, report) if raw is None else named(raw, report)

    return extract


def _named(path: str, finish: Finish) -> Finish:
    """A pipeline whose problems name the path that the value came from."""

    def named(value: object, report: Report) -> object:
        before = len(report)
        made = finish(value, report)
        if len(report) > before:
            _name_path(report, before, path)
        return made

    return named


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


def attempts(rule: Rule, building: Building) -> tuple[tuple[str, Recipe], ...]:
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
