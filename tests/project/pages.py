"""The project's pages as data: their sections, fenced blocks, tables and commands."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import typer

from crmsync.cli.app import command

ROOT = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "CHANGELOG.md",
    *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")),
)

_FENCED = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
_TABLE = re.compile(r"(?:^ *\|.+\|\n)+", re.MULTILINE)
_BEFORE_A_COMMAND = re.compile(r"^(?:[^\s=]*/)?crmsync$")
_STOPS = frozenset({"&&", "||", ";", "|", ">", ">>", ">/dev/null", "2>/dev/null"})
_NAMED_ALONE = frozenset({"MissingParameter", "NoArgsIsHelpError"})
_USAGE_ERROR = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""What the command line raises for words that it does not take."""


class Block(NamedTuple):
    """A fenced block. `role` is what stands behind its language: "record" of "json record"."""

    language: str
    role: str
    text: str


def text_of(name: str) -> str:
    """A file of the project."""
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tree_of(text: str) -> ast.Module:
    """What a module's text says; several tests look at all of the package."""
    return ast.parse(text)


def headings(text: str, level: int = 2) -> list[str]:
    """The headings of a level, in order; those in blocks are none."""
    return re.findall(rf"^{'#' * level} (.+)$", _FENCED.sub("", text), re.MULTILINE)


def section(text: str, heading: str) -> str:
    """What stands under a heading of the second level, its subsections included."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def blocks(text: str, language: str | None = None) -> list[Block]:
    """The fenced blocks, in order."""
    found = (Block(*_named(info), body) for info, body in _FENCED.findall(text))
    return [block for block in found if language in (None, block.language)]


def _named(info: str) -> tuple[str, str]:
    language, _, role = info.partition(" ")
    return language, role


def table(text: str) -> list[list[str]]:
    """The cells of the first table, without its head."""
    first = _TABLE.search(text)
    rows = re.findall(r"^\s*\|(.+)\|$", first[0], re.MULTILINE)[2:] if first else []
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row)] for row in rows]


def spans(text: str) -> list[str]:
    """What stands in backticks, outside of blocks."""
    return _SPAN.findall(_FENCED.sub("", text))


def links(text: str) -> list[str]:
    """Where the links lead, outside of blocks."""
    return _LINK.findall(_FENCED.sub("", text))


def crontab_commands() -> list[str]:
    """The commands of crontab.example, without their times."""
    lines = text_of("crontab.example").splitlines()
    return [line.split(None, 5)[5] for line in lines if re.match(r"[\d*]", line)]


def calls(line: str) -> Iterator[list[str]]:
    """What crmsync is called with, in a line of shell or of a systemd unit."""
    words = shlex.split(line.removeprefix("ExecStart="), comments=True)
    starts = (i for i, word in enumerate(words) if _BEFORE_A_COMMAND.match(word))
    for start in starts:
        end = next((i for i in range(start, len(words)) if words[i] in _STOPS), len(words))
        yield words[start + 1 : end]


def command_line() -> Any:
    """The command line, to be asked what it takes."""
    return command()


def fault_of(words: Sequence[str]) -> str:
    """What the command line has against these words; empty where it takes them.

    Nothing is run. A missing argument is no fault: text speaks of a command by its name.
    """
    command, parent, rest = command_line(), None, list(words)
    try:
        while True:
            context = command.make_context("crmsync", rest, parent=parent)
            if not isinstance(command, typer.core.TyperGroup):
                return ""
            rest = [*context._protected_args, *context.args]
            _, found, rest = command.resolve_command(context, rest)
            if found is None:
                return f"no command {rest}"
            command, parent = found, context
    except _USAGE_ERROR as error:
        return "" if type(error).__name__ in _NAMED_ALONE else str(error)
