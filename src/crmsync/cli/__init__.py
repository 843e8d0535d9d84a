"""The command line: a command a file, no logic."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Sequence
from itertools import pairwise

from crmsync.cli.signals import leave, was_asked
from crmsync.errors import CrmsyncError, out_of_memory
from crmsync.exit_codes import ExitCode


def main(arguments: Sequence[str] | None = None) -> None:
    """Run crmsync; ends the process with an exit code of the table, and never with a trace."""
    code = _run(arguments)
    if arguments is None:
        gc.freeze()  # else Python looks for cycles once more at its end: a tenth of the help
    if arguments is None and was_asked():
        from crmsync.cli.output.terminal import flush

        # A request to a CRM may still hang in a thread, which Python would wait for.
        flush()
        leave(code if isinstance(code, int) else ExitCode.FAILED)
    sys.exit(code)


def _run(arguments: Sequence[str] | None) -> int | str | None:
    gc.disable()  # till `app.crmsync`: loading leaves nothing behind, looking for it costs 2 %
    # Else pydantic looks for extensions of itself in every package that is installed.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from crmsync.cli.app import command
    from crmsync.cli.output.errors import told, told_bug, told_unwritable
    from crmsync.cli.output.terminal import tolerate_any_character
    from crmsync.cli.privacy import keep_private
    from crmsync.cli.signals import SIGINT_CODE

    keep_private()
    tolerate_any_character()
    given = sys.argv[1:] if arguments is None else arguments
    try:
        command()(arguments, prog_name="crmsync")
    except (CrmsyncError, MemoryError) as error:
        shown = error if isinstance(error, CrmsyncError) else out_of_memory()
        return told(shown, as_json=_wants_json(given))
    except KeyboardInterrupt:
        return SIGINT_CODE
    except SystemExit as end:
        return end.code
    except OSError as error:
        # What typer itself writes, such as the help, does not pass through `emit`.
        return told_unwritable(error) if error.errno == errno.ENOSPC else told_bug(error)
    except Exception as error:  # noqa: BLE001 - the rim: no trace reaches a person
        return told_bug(error)
    finally:
        gc.enable()  # where there was no command, as for the help
    return ExitCode.OK


def _wants_json(arguments: Sequence[str]) -> bool:
    """Whether stdout was promised one JSON document, of which an error is one too."""
    pairs = pairwise(arguments)
    return not {"--json", "--format=json"}.isdisjoint(arguments) or ("--format", "json") in pairs
