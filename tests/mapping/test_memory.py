from __future__ import annotations

import pytest

from crmsync.mapping.memory import Memory


def test_a_function_is_asked_once_for_each_value():
    asked: list[str] = []

    def upper(text: str) -> str:
        asked.append(text)
        return text.upper()

    memory = Memory(upper)
    assert [memory[text] for text in "abab"] == ["A", "B", "A", "B"]
    assert asked == ["a", "b"]


def test_a_memory_begins_anew_when_it_is_full():
    memory = Memory(str, most=3)
    assert [memory[number] for number in range(10)] == [*"0123456789"]
    assert len(memory) <= memory.most


@pytest.mark.parametrize("value", ["x" * 201, b"x" * 201, ("x" * 101, None, "y" * 100)])
def test_what_is_long_is_not_kept(value):
    memory = Memory[object, int](lambda _: 1)
    assert (memory[value], len(memory)) == (1, 0)
