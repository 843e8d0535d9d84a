"""Writes numbers in Prometheus's text format, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

PREFIX: Final = "crmsync_"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


class Family:
    """One metric with all its samples.

    Args:
        name: Without the prefix that all have.
        told: What it is, on one line.
        kind: `gauge` or `counter`.
    """

    def __init__(self, name: str, told: str, kind: str = "gauge") -> None:
        self.name = PREFIX + name
        self.told = told
        self._kind = kind
        self._samples: list[str] = []

    def add(self, value: float, **labels: str) -> None:
        """One more sample."""
        told = ",".join(f'{name}="{text.translate(_ESCAPES)}"' for name, text in labels.items())
        self._samples.append(
            f"{self.name}{{{told}}} {value!r}" if told else f"{self.name} {value!r}"
        )

    def lines(self) -> list[str]:
        """As they stand in the answer; none where there is no sample."""
        if not self._samples:
            return []
        return [
            f"# HELP {self.name} {self.told}",
            f"# TYPE {self.name} {self._kind}",
            *self._samples,
        ]


def exposed(families: Iterable[Family]) -> str:
    """The whole answer."""
    return "".join(f"{line}\n" for family in families for line in family.lines())
