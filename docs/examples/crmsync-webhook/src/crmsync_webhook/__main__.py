"""`python -m crmsync_webhook`: a receiver on this machine, to see what would arrive."""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import secrets
import sys

from crmsync.errors import ConfigError
from crmsync_webhook.receiver import Receiver
from crmsync_webhook.signing import key_of

VARIABLE = "WEBHOOK_SECRET"


def main() -> int:
    """Serve until interrupted; records go to stdout, a line each, all else to stderr."""
    parser = argparse.ArgumentParser(prog="python -m crmsync_webhook", description=__doc__)
    parser.add_argument("--port", type=int, default=8900, help="0 takes any that is free")
    arguments = parser.parse_args()
    secret = (
        os.environ.get(VARIABLE) or f"whsec_{base64.b64encode(secrets.token_bytes(24)).decode()}"
    )
    try:
        receiver = Receiver(arguments.port, key_of(secret), sys.stdout)
    except (ConfigError, OSError) as error:
        sys.stderr.write(f"{VARIABLE} or --port: {error}\n")
        return 2
    table = f'[destinations.webhook]\nbase_url = "{receiver.url}"\nsecret = "${{{VARIABLE}}}"\n'
    export = "" if VARIABLE in os.environ else f"export {VARIABLE}={secret}\n"
    sys.stderr.write(f"Listening. In config.toml:\n\n{table}\n{export}")
    sys.stderr.flush()
    with receiver, contextlib.suppress(KeyboardInterrupt):
        receiver.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
