"""Configurations and mapping rules that nobody would write: is each refused in words, at once?

`python -m benchmarks.mangled [HOW_MANY] [SEED]`, some 30 ms each. A sound configuration is mangled:
bytes flipped, lines doubled, values and rules replaced by what has broken other programs. Each must
load, and map a record, or be refused as a configuration; nothing may take long, and no message
may show the credential that stands in it.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from crmsync.config.loading import load
from crmsync.errors import ConfigError
from crmsync.mapping.transforms import catalogue
from crmsync.records import Record

CANARY: Final = "pat-eu1-canary-5d1c0e77"
CONFIG: Final = """\
[state]
url = "sqlite:///crmsync.db"
[limits]
retry_for = "5m"
[sources.hubspot]
access_token = "{canary}"
base_url = "http://127.0.0.1:1/hubspot"
rate_limit = "90/10s"
[destinations.akooda]
tenant_id = "${{AKOODA_TENANT_ID}}"
api_key = "file:key"
[syncs.main]
source = "hubspot"
object = "companies"
destination = "akooda"
schedule = "15 2 * * *"
timezone = "Europe/Stockholm"
filter = {{ lifecyclestage = ["customer"] }}
guards = {{ blank = 0.5 }}
[syncs.main.fields]
"properties.displayName" = {{ from = ["name", "domain"], transforms = [{{ clip = 49 }}] }}
"properties.location" = {{ join = ["city", "country"], separator = ", " }}
"properties.nicknames" = {{ list = ["name", "id"] }}
"properties.description" = {rule}
"""
SOUND: Final = '"description"'
DEEPEST: Final = 4
SLOWEST: Final = 2.0
"""Seconds of CPU that reading one may take, on a machine that is busy otherwise."""

TEXTS: Final = (
    *("", " ", "\\u0000", "\\u202e", "\\U0001f600", "${HOME}", "${", "file:", "file:/dev/zero"),
    *("{0.__class__}", "__class__", "a.__init__.__globals__", "%s%n", "../../etc/passwd"),
    *("__import__('os')", "lambda: 0", "http://169.254.169.254", "a" * 5_000, "." * 500),
    *("{a}" * 400, "{" * 300, "(a+)+$", "9" * 400, "1e999", "every 0s", "99 99 * * *"),
)
VALUES: Final = (
    *("true", "[]", "{}", "nan", "-inf", "1e400", "-1", "0", "10000000000", "9" * 400),
    *("[[[[]]]]", "1979-05-27T07:32:00Z", "07:32:00", "[1, 'a', {}]", "''", "{ a = 1 }"),
    *("[" * 200 + "]" * 200, "{ a = " * 100 + "1" + " }" * 100, '"""a\nb"""'),
)
KEYS: Final = (
    *("from", "const", "join", "template", "list", "pairs", "items", "python", "when", "values"),
    *("transforms", "otherwise", "default", "required", "separator", "reads", "__class__"),
)
RECORD: Final = Record(
    id="7",
    fields={"name": "a" * 5_000, "domain": "acme.com", "description": "<b>" * 999, "city": None},
    joins={},
    modified_at=datetime(2026, 1, 2, tzinfo=UTC),
    url="https://crm.example/7",
)


def mangled(dice: random.Random) -> str:
    """A configuration that is no longer what it was."""
    rule = dice.choice((SOUND, _value(dice)))
    text = CONFIG.format(canary=CANARY, rule=rule)
    for _ in range(dice.choice((1, 2, 3) if rule == SOUND else (0, 0, 1))):
        text = dice.choice(WAYS)(text, dice)
    return text


def _value(dice: random.Random, depth: int = 0) -> str:
    """A rule of the grammar's own keys, filled with anything."""
    shape = "value" if depth > DEEPEST else dice.choice(("value", "list", "table"))
    if shape == "value":
        return dice.choice([*(f'"{text}"' for text in TEXTS), *VALUES, '"name"'])
    if shape == "list":
        parts = (_value(dice, depth + 1) for _ in range(dice.randint(0, 3)))
        return f"[{', '.join(parts)}]"
    keys = dice.sample([*KEYS, *(one.name for one in catalogue())], dice.randint(1, 3))
    return f"{{ {', '.join(f'{key} = {_value(dice, depth + 1)}' for key in keys)} }}"


def _flipped(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    return text[:at] + chr(dice.choice((0, 9, 10, 34, 39, 46, 61, 91, 93, 123, 0x202E))) + text[at:]


def _shortened(text: str, dice: random.Random) -> str:
    at = dice.randrange(len(text))
    return text[:at] + text[at + dice.randint(1, 40) :]


def _doubled(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(dice.randrange(len(lines)), dice.choice(lines))
    return "\n".join(lines)


def _replaced(text: str, dice: random.Random) -> str:
    lines = text.split("\n")
    with_values = [n for n, line in enumerate(lines) if " = " in line]
    if with_values:
        at = dice.choice(with_values)
        lines[at] = f"{lines[at].partition(' = ')[0]} = {_value(dice)}"
    return "\n".join(lines)


WAYS: Final[tuple[Callable[[str, random.Random], str], ...]] = (
    _flipped,
    _shortened,
    _doubled,
    _replaced,
)


def judge(path: Path, text: str) -> str:
    """Load a configuration and map a record by it: what came of it, in a word.

    Raises:
        AssertionError: It was slow, or a message shows the credential. Whatever else is raised
            is a fault as well.
    """
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    path.chmod(0o600)
    began = time.process_time()
    try:
        loaded = load(path)
    except ConfigError as error:
        told, outcome = f"{error} {error.hint}", "refused"
    else:
        told, outcome = repr(loaded), "loaded"
        for mapping in loaded.mappings.values():
            mapping.mapper.map(RECORD)
    if (took := time.process_time() - began) > SLOWEST:
        raise AssertionError(f"{took:.1f} s of CPU")
    if CANARY in told:
        raise AssertionError("the credential shows")
    return outcome


def try_many(count: int, seed: int) -> Counter[str]:
    """Judge so many; gives how often each outcome came, and raises on the first fault."""
    outcomes: Counter[str] = Counter()
    with TemporaryDirectory() as folder:
        for number in range(count):
            text = mangled(random.Random(f"{seed}-{number}"))
            try:
                outcomes[judge(Path(folder, "config.toml"), text)] += 1
            except Exception as error:
                error.add_note(f"seed {seed}, number {number}:\n{text}")
                raise
    return outcomes


def main() -> None:
    """Print what came of it."""
    given = [int(one) for one in sys.argv[1:]]
    count, seed = [*given, *(5_000, 1)[len(given) :]]
    outcomes = try_many(count, seed)
    print(f"{count} configurations, seed {seed}: {dict(outcomes)}, no fault")


if __name__ == "__main__":
    main()
