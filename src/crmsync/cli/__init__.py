"""The command line: a command a file, no logic."""

from __future__ import annotations


def main() -> None:
    """Run crmsync."""
    raise SystemExit(2)
