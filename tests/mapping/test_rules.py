from __future__ import annotations

from crmsync.mapping.rules import DROP, KEEP, OFF, REJECT, Off, Paths, Rule


def test_a_bare_rule_sends_what_it_finds():
    rule = Rule(origin=Paths(("a",)))
    assert (rule.when, rule.steps, rule.values, rule.default, rule.required) == (
        *("", (), None, None, False),
    )


def test_off_is_no_origin_of_values():
    assert isinstance(OFF.origin, Off)


def test_what_otherwise_may_be_are_three_words():
    assert {DROP, KEEP, REJECT} == {"drop", "keep", "reject"}
