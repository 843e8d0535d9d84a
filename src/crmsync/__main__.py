"""`python -m crmsync` is the same as `crmsync`."""

from __future__ import annotations

import os
import sys

# `-m` looks for modules in the working directory first, whose json.py may be anybody's. The
# command `crmsync` does not.
if sys.path[0] in {"", os.getcwd()}:  # noqa: PTH109 - pathlib might be one of those modules
    del sys.path[0]

from crmsync.cli import main  # after the lines above

main()
