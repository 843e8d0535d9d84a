"""From a raw value to a finished one: transforms, the table of values, the final fitting."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from crmsync.mapping.building import Building, Report
from crmsync.mapping.fitting import compile_at_once, compile_items
from crmsync.mapping.paths import is_empty
from crmsync.mapping.rules import DROP, KEEP, REJECT, Rule
from crmsync.mapping.spec import at, lookup_key
from crmsync.mapping.transforms import compile_on_texts, compile_transform, gives
from crmsync.mapping.transforms.links import MAX_URL
from crmsync.mapping.values import Code, OnTexts, Remark, Transform, shown, to_text
from crmsync.payloads import Field, FieldKind, OnFault
from crmsync.receipts import Problem, Severity

Finish: TypeAlias = Callable[[object, Report], object]
"""Takes a raw value, never empty; gives the finished one, None where it is left out."""

UNMAPPED = "UNMAPPED_VALUE"
_MANY = (
    FieldKind.TEXT_LIST,
    FieldKind.ROLES,
    FieldKind.ANY,
    FieldKind.INTEGER_LIST,
    FieldKind.OBJECT_LIST,
)
_FEW_VALUES = (FieldKind.ENUM, FieldKind.BOOLEAN)


class Stage(NamedTuple):
    """One step of a pipeline.

    Attributes:
        apply: Takes any value.
        severity: The weight of a value that it refuses.
        texts: Gives for texts what `apply` gives, with fewer detours; None for none.
    """

    apply: Transform
    severity: Severity = Severity.WARNING
    texts: OnTexts | None = None


class Items(NamedTuple):
    """How texts become a list.

    Attributes:
        fit: What each of them goes through.
        close: Takes all that comes of them, remarks too, and nothing but that.
    """

    fit: OnTexts
    close: Finish


class Pipeline(NamedTuple):
    """A rule's way from a raw value to a finished one.

    Attributes:
        finish: Takes any value.
        texts: What a column's texts go through instead. One after the other they give for a
            text that is not empty what `finish` gives, where that is a value and no more;
            else one of them gives nothing or a Remark, or a value that is no text on the way.
        few: Whether a CRM has few spellings of few values here.
        items: The same in two parts where it makes a list of texts, and nothing else.
    """

    finish: Finish
    texts: tuple[OnTexts, ...]
    few: bool
    items: Items | None = None


def compile_pipeline(rule: Rule, where: str, building: Building, *, final: bool) -> Pipeline:
    """The rule's transforms and values; where *final*, the field's fitting too."""
    stages = [*_transforms(rule, where, building), *_value_stage(rule, where, building)]
    items = _items(building) if final and not stages else None
    if final:
        fit = building.fit if building.field.kind in _MANY else _first_fitting(building.fit)
        texts = OnTexts(building.fit, compile_at_once(building.field))
        stages.append(Stage(building.probe.step("fit", fit), _weight(building.field), texts))
    steps = [stage.texts or OnTexts(stage.apply) for stage in stages]
    if final and _fits_as_it_is(rule, building.field):
        steps.pop()
    return Pipeline(
        finish=chain(stages, building.field.name),
        texts=tuple(steps),
        few=final and building.field.kind in _FEW_VALUES,
        items=items,
    )


def _items(building: Building) -> Items | None:
    found = compile_items(building.field)
    if found is None:
        return None
    fit, close = found
    return Items(fit, chain([Stage(close, _weight(building.field))], building.field.name))


def _weight(field: Field) -> Severity:
    return Severity.ERROR if field.on_fault is OnFault.REJECT else Severity.WARNING


def _fits_as_it_is(rule: Rule, field: Field) -> bool:
    """Whether the last transform gives only texts that the field's fitting leaves alone."""
    if rule.values is not None or not rule.steps or rule.steps[-1].options is not None:
        return False
    if field.max_length is not None and field.max_length < MAX_URL:
        return False
    return gives(rule.steps[-1].name) is field.kind


def _first_fitting(fit: Transform) -> Transform:
    """Of a list, where one value is wanted: the first element that fits."""

    def first(value: object) -> object:
        if not isinstance(value, list):
            return fit(value)
        fitted = [fit(one) for one in value]
        usable = [one for one in fitted if not is_empty(_bare(one))]
        if not usable:
            return next((one for one in fitted if isinstance(one, Remark)), None)
        if len(usable) == 1:
            return usable[0]
        message = f"{len(usable)} values where one is wanted; the first was taken"
        return Remark(_bare(usable[0]), Code.FIRST_OF_SEVERAL, message)

    return first


def _bare(value: object) -> object:
    return value.value if isinstance(value, Remark) else value


def _transforms(rule: Rule, where: str, building: Building) -> list[Stage]:
    stages = []
    for step in rule.steps:
        try:
            apply = compile_transform(step.name, step.options)
            texts = compile_on_texts(step.name, step.options)
        except ValueError as error:
            building.fault(at(where, "transforms"), "bad_transform", str(error))
        else:
            stages.append(Stage(building.probe.step(step.name, apply), texts=texts))
    return stages


def _value_stage(rule: Rule, where: str, building: Building) -> list[Stage]:
    if rule.values is None:
        return []
    for key, target in rule.values.items():
        check_constant(target, at(at(where, "values"), key), building)
    if rule.otherwise not in (DROP, KEEP, REJECT):
        check_constant(rule.otherwise, at(where, "otherwise"), building)
    severity = Severity.ERROR if rule.otherwise == REJECT else Severity.WARNING
    return [Stage(building.probe.step("values", _lookup(rule.values, rule.otherwise)), severity)]


def check_constant(value: object, where: str, building: Building) -> None:
    """Note a fault where the destination's field refuses a constant of the mapping."""
    if building.sample is None:
        return
    fitted = building.fit(building.sample(value))
    if isinstance(fitted, Remark) and is_empty(fitted.value):
        message = f"{building.field.name} does not take {shown(value)}: {fitted.message}"
        choices = building.field.choices
        hint = f". It takes {', '.join(choices)}" if choices else ""
        building.fault(where, "bad_constant", message + hint)


def chain(stages: Sequence[Stage], field: str) -> Finish:
    """Run *stages* one after the other, until nothing is left."""
    if not stages:
        return untouched
    if len(stages) == 1:
        return _only(stages[0], field)
    steps = tuple(stages)

    def run(value: object, report: Report) -> object:
        for apply, severity, _ in steps:
            value = apply(value)
            if isinstance(value, Remark):
                value = _note(value, severity, field, report)
            if not value and is_empty(value):
                return None
        return value

    return run


def untouched(value: object, report: Report) -> object:
    """The pipeline of a part that needs none: its text counts as it is."""
    del report
    return value


def _only(stage: Stage, field: str) -> Finish:
    apply, severity, _ = stage

    def run(value: object, report: Report) -> object:
        value = apply(value)
        if isinstance(value, Remark):
            value = _note(value, severity, field, report)
        return None if not value and is_empty(value) else value

    return run


def _note(remark: Remark, severity: Severity, field: str, report: Report) -> object:
    weight = severity if is_empty(remark.value) else Severity.WARNING
    report.append(Problem(field, remark.code, remark.message, weight))
    return remark.value


def _lookup(values: Mapping[str, object], otherwise: object) -> Transform:
    def unknown(value: object) -> object:
        if otherwise == KEEP:
            return value
        if otherwise not in (DROP, REJECT):
            return otherwise
        message = f"{shown(value)} stands in no line of the rule's values; left out"
        return Remark(None, UNMAPPED, message)

    def look_up(value: object) -> object:
        if isinstance(value, list):
            return _look_up_each(value, look_up)
        key = value.strip().lower() if isinstance(value, str) else _key(value)
        found = values.get(key)
        return unknown(value) if found is None else found

    return look_up


def _look_up_each(values: list[object], look_up: Transform) -> object:
    found = [look_up(value) for value in values]
    kept = [one for one in found if not isinstance(one, Remark)]
    remarks = [one for one in found if isinstance(one, Remark)]
    if not remarks:
        return kept
    return Remark(kept, remarks[0].code, "; ".join(one.message for one in remarks))


def _key(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = to_text(value)
    return lookup_key(text) if isinstance(text, str) else ""
