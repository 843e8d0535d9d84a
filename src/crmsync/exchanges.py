"""A request under way, as a value."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

AnswerT = TypeVar("AnswerT")


class Exchange(NamedTuple, Generic[AnswerT]):
    """A request that has left, and its answer still to come. One of the two is called, once.

    Attributes:
        answer: Waits for the answer and reads it whole.
        drop: Lets go of it: nobody needs it any more.
    """

    answer: Callable[[], AnswerT]
    drop: Callable[[], None]


def over(answer: AnswerT) -> Exchange[AnswerT]:
    """An exchange of which the answer has come."""
    return Exchange(lambda: answer, lambda: None)
