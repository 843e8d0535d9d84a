from __future__ import annotations

from crmsync.mapping.building import Report
from crmsync.mapping.pipelines import Stage, chain
from crmsync.mapping.values import Remark
from crmsync.receipts import Problem, Severity


def upper(value: object) -> object:
    return str(value).upper()


def empty(value: object) -> object:
    return ""


def mend(value: object) -> object:
    return Remark(f"{value}!", "MENDED", "mended")


def refuse(value: object) -> object:
    return Remark(None, "REFUSED", "refused")


def run(*stages: Stage) -> tuple[object, Report]:
    report: Report = []
    return chain(stages, "f")("x", report), report


def test_without_stages_a_value_stays_as_it_is():
    assert run() == ("x", [])


def test_stages_run_in_order():
    assert run(Stage(upper), Stage(mend), Stage(upper))[0] == "X!"


def test_a_mended_value_goes_on_with_a_warning_whatever_its_stage_weighs():
    value, report = run(Stage(mend, Severity.ERROR), Stage(upper))
    assert (value, report) == ("X!", [Problem("f", "MENDED", "mended", Severity.WARNING)])


def test_a_refused_value_ends_the_pipeline_with_the_weight_of_its_stage():
    value, report = run(Stage(refuse, Severity.ERROR), Stage(mend))
    assert (value, report) == (None, [Problem("f", "REFUSED", "refused", Severity.ERROR)])


def test_a_value_that_becomes_empty_ends_the_pipeline_silently():
    assert run(Stage(empty), Stage(mend)) == (None, [])
    assert run(Stage(empty)) == (None, [])
