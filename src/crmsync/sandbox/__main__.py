"""`python -m crmsync.sandbox`: serves a sandbox, says where on one line, ends on SIGTERM."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from crmsync.sandbox.faults import Faults, parse_plan
from crmsync.sandbox.options import SYSTEMS, SandboxOptions
from crmsync.sandbox.server import serve

_KINDS = {"int": int, "float": float, "bool": lambda text: text.lower() in ("1", "true", "yes")}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crmsync.sandbox", description=__doc__)
    for field in fields(SandboxOptions):
        if field.name in ("faults", "missing_scopes"):
            continue
        kind: Any = _KINDS.get(str(field.type).split(" ", maxsplit=1)[0], str)
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, dest=field.name, type=kind, default=field.default)
    parser.add_argument("--missing-scope", action="append", default=[], metavar="SCOPE")
    parser.add_argument(
        "--fault", action="append", default=[], metavar="[SYSTEM:]PLAN",
        help="such as hubspot:429=0.05,reset=0.02; without a system, for all",
    )  # fmt: skip
    return parser


def faults_of(texts: Sequence[str]) -> dict[str, Faults]:
    """Read `[SYSTEM:]PLAN` arguments; a later one for the same system replaces the earlier.

    Raises:
        ValueError: A plan is faulty.
    """
    plans: dict[str, str] = {}
    for text in texts:
        system, colon, plan = text.partition(":")
        plans.update({system: plan} if colon else dict.fromkeys(SYSTEMS, text))
    return parse_plan(plans)


def _say_where(url: str) -> None:
    sys.stdout.write(json.dumps({"url": url}) + "\n")
    sys.stdout.flush()


def options_of(arguments: Sequence[str] | None = None) -> SandboxOptions:
    """What the arguments ask for; those of the command line where there are none.

    Raises:
        SystemExit: They are faulty, and stderr says how.
    """
    parser = _parser()
    given = vars(parser.parse_args(arguments))
    try:
        faults = faults_of(given.pop("fault"))
        return SandboxOptions(
            **given | {"missing_scopes": tuple(given.pop("missing_scope")), "faults": faults}
        )
    except ValueError as error:
        parser.error(str(error))


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the arguments and serve."""
    serve(options_of(arguments), _say_where)


if __name__ == "__main__":
    main()
