"""`crmsync demo`: everything once, with no configuration and no network."""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

import typer

from crmsync.cli.output.terminal import emit
from crmsync.exit_codes import ExitCode

CHANGED: Final = 3
"""CRM records that change between the two runs."""

_CONFIG: Final = """\
[state]
url = "sqlite:///crmsync.db"

[sources.hubspot]
access_token = "demo"
base_url = "{url}/hubspot"

[destinations.akooda]
tenant_id = "demo"
api_key = "demo"
base_url = "{url}/akooda"

[syncs.hubspot-companies]
source = "hubspot"
object = "companies"
destination = "akooda"

[syncs.hubspot-companies.fields]
# On top of the preset: a stage that the platform does not know is refused, not left out.
"properties.stage" = {{ from = "lifecyclestage", values = {{ lead = "LEAD", \
subscriber = "SUBSCRIBER", opportunity = "OPPORTUNITY", customer = "CUSTOMER", \
evangelist = "EVANGELIST", marketingqualifiedlead = "AWARE", \
salesqualifiedlead = "OPPORTUNITY", other = "AWARE" }}, otherwise = "reject" }}
"""

_NEXT: Final = """
Where to look next
  {crmsync} init                write a configuration of your own
  {crmsync} check               see whether tokens, scopes and mapped fields are right
  {crmsync} dry-run --format html --output preview.html
          a page that shows every record before anything is sent
  {crmsync} sandbox             these simulators, to try your own mapping on
"""


def demo(
    *,
    companies: Annotated[
        int, typer.Option("--companies", min=10, metavar="N", help="How many the CRM has.")
    ] = 2000,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="DIR", help="Keep configuration, ledger and preview."),
    ] = None,
) -> None:
    """Show everything once on simulators: preview, run, change some records, run again."""
    from crmsync.sandbox.options import SandboxOptions
    from crmsync.sandbox.server import start

    with tempfile.TemporaryDirectory(prefix="crmsync-demo-") as name:
        directory = output or Path(name)
        directory.mkdir(parents=True, exist_ok=True)
        with start(SandboxOptions(companies=companies)) as sandbox:
            code = _show(directory, sandbox.url, companies)
    if code is ExitCode.OK:
        emit(_NEXT.rstrip().format(crmsync=called(sys.argv[0])))
        if output is not None:
            emit(f"\nkept in {output}: config.toml, crmsync.db, preview.html")
    raise typer.Exit(code)


def called(program: str) -> str:
    """How to call crmsync again, as it was called now; *program* is what the shell started."""
    path = Path(program)
    if path.name != "crmsync" or shutil.which("crmsync") == str(path.absolute()):
        return "crmsync"
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _show(directory: Path, url: str, companies: int) -> ExitCode:
    config = directory / "config.toml"
    config.write_text(_CONFIG.format(url=url), encoding="utf-8")
    config.chmod(0o600)
    emit(f"A HubSpot with {companies:,} companies and an Akooda, simulated on this machine.")
    _say("What would be sent? Nothing is, yet.")
    _command(config, "dry-run", "--limit", "2")
    _command(config, "dry-run", "--format", "html", "--output", str(directory / "preview.html"))
    _say("The first run.")
    _command(config, "run")
    changed = _change(url)
    _say(f"{len(changed)} companies change in the CRM: {', '.join(changed)}. What would be sent?")
    _command(config, "dry-run")
    _say("The second run.")
    _command(config, "run")
    sent = _sent_last(config)
    _say("What was refused, and why. It stays until it is mended, retried or dropped.")
    _command(config, "quarantine", "list")
    _say(f"How did {changed[0]} get its name?")
    _command(config, "explain", "hubspot-companies", changed[0], "properties.displayName")
    if sent != len(changed):
        emit(f"\n{len(changed)} companies changed, but {sent} were sent: this is a bug in crmsync")
        return ExitCode.FAILED
    emit(f"\nThe second run sent exactly the {sent} companies that changed.")
    return ExitCode.OK


def _say(text: str) -> None:
    emit(f"\n── {text}")


def _command(config: Path, *arguments: str) -> None:
    """Run a command as a person would, in this process."""
    from crmsync.cli.app import command

    shown = [part for part in arguments if part != str(config)]
    emit(f"\n$ crmsync {' '.join(shown)}\n")
    command()(["--config", str(config), "--quiet", *arguments], standalone_mode=False)


def _change(url: str) -> list[str]:
    """Change some companies in the simulated CRM; gives their ids."""
    answer = _post(f"{url}/_sandbox/hubspot/change", {"count": CHANGED, "seed": 7})
    ids = answer["ids"]
    return [str(one) for one in ids] if isinstance(ids, list) else []


def _post(url: str, document: Mapping[str, object]) -> dict[str, object]:
    from http.client import HTTPConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=30)
    headers = {"content-type": "application/json"}
    connection.request("POST", parts.path, json.dumps(document), headers)
    answer: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return answer


def _sent_last(config: Path) -> int:
    """How many payloads the last run sent, by its report."""
    from crmsync.config.loading import load
    from crmsync.wiring import Workspace

    with Workspace(load(config)) as workspace:
        report = workspace.ledger(read_only=True).last_report("hubspot-companies") or {}
    counts = report.get("counts")
    if not isinstance(counts, dict):
        return -1
    return int(counts["accepted"]) + int(counts["unverified"])
