"""`crmsync sandbox`: simulators of the CRMs and the platforms, on this machine."""

import dataclasses
from typing import Annotated, Final

import typer

from crmsync.cli.output.terminal import emit
from crmsync.errors import ConfigError
from crmsync.receipts import Problem
from crmsync.sandbox.options import SandboxOptions

_OWN: Final = {"port", "companies", "deals", "seed", "nasty", "latency_ms", "faults", "history"}
_OTHERS: Final = [one.name for one in dataclasses.fields(SandboxOptions) if one.name not in _OWN]
"""What `--option` may name; the others have options of their own."""


_Faults = Annotated[
    list[str] | None,
    typer.Option(
        "--faults",
        metavar="SYSTEM:PLAN",
        help="Such as hubspot:429=0.05,reset=0.02,seed=7. Repeatable.",
    ),
]
_Others = Annotated[
    list[str] | None,
    typer.Option(
        "--option",
        metavar="NAME=VALUE",
        help="Any other option of the simulators, such as rate_limit=190/10s. Repeatable. "
        f"There are: {', '.join(_OTHERS)}.",
    ),
]


def sandbox(
    *,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="To listen on; 0 takes a free one.")
    ] = 0,
    companies: Annotated[
        int, typer.Option("--companies", min=0, metavar="N", help="How many each CRM has.")
    ] = 1000,
    deals: Annotated[
        int, typer.Option("--deals", min=0, metavar="N", help="How many each CRM has.")
    ] = 1000,
    seed: Annotated[int, typer.Option("--seed", help="Of the data: same seed, same data.")] = 1,
    nasty: Annotated[
        float, typer.Option("--nasty", min=0, help="Times as many nasty records; 0 for none.")
    ] = 1.0,
    latency_ms: Annotated[
        float, typer.Option("--latency-ms", min=0, help="Milliseconds before every answer.")
    ] = 0.0,
    faults: _Faults = None,
    history: Annotated[
        str | None,
        typer.Option(
            "--history",
            metavar="FILE",
            help="Append every request, its effect and its answer to it, as JSON lines.",
        ),
    ] = None,
    option: _Others = None,
) -> None:
    """Serve faithful simulators on loopback until interrupted; prints a configuration for them."""
    from crmsync.cli.output.simulated import simulated_config
    from crmsync.sandbox.accounts import FITTING
    from crmsync.sandbox.server import serve

    given = {
        "port": port,
        "companies": companies,
        "deals": deals,
        "seed": seed,
        "nasty": nasty,
        "latency_ms": latency_ms,
        "history": history,
        **FITTING,
        **dict(_pair(text, "=", "--option") for text in option or ()),
    }
    options = _options(given, dict(_pair(text, ":", "--faults") for text in faults or ()))
    try:
        serve(options, lambda url: emit(simulated_config(url, options).rstrip()))
    except OSError as error:
        fault = Problem("--port", "taken", f"port {port} cannot be listened on: {error.strerror}")
        raise ConfigError([fault], hint="name another one, or leave it out") from error


def _pair(text: str, separator: str, option: str) -> tuple[str, str]:
    name, found, value = text.partition(separator)
    if not found:
        raise typer.BadParameter(f"{option} {text}: write it as NAME{separator}VALUE")
    return name, value


def _options(given: dict[str, object], plans: dict[str, str]) -> SandboxOptions:
    """The simulators' options from what was given; texts are read as the option's type."""
    from pydantic import TypeAdapter, ValidationError

    from crmsync.config.faults import words_of
    from crmsync.sandbox.faults import parse_plan

    names = [field.name for field in dataclasses.fields(SandboxOptions) if field.name != "faults"]
    if unknown := sorted(set(given) - set(names)):
        raise typer.BadParameter(f"no option {', '.join(unknown)}; there are: {', '.join(names)}")
    if isinstance(scopes := given.get("missing_scopes"), str):
        given["missing_scopes"] = tuple(scopes.split(","))
    try:
        values = given | {"faults": parse_plan(plans)}
        return TypeAdapter(SandboxOptions).validate_python(values)
    except ValidationError as error:
        wrong = [(".".join(map(str, one["loc"])), words_of(one)) for one in error.errors()]
        told = "; ".join(f"{name} {words}".strip() for name, words in wrong)
        raise typer.BadParameter(told) from error
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
