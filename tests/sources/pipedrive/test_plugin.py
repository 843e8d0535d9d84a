from __future__ import annotations

import subprocess
import sys

import pytest

from crmsync.adapters import Context
from crmsync.plugins import source_plugin
from crmsync.records import Query
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import RunningSandbox
from crmsync.sources.pipedrive import PLUGIN
from crmsync.transport.clock import SystemClock

PATHS = frozenset({"title", "owner.email", "organization.name", "person.emails"})
APP = {"client_id": "app-1f3", "client_secret": "made-up-8d2", "refresh_token": "made-up-77c"}


def read(url, **credentials):
    settings = PLUGIN.settings.model_validate(
        {"base_url": f"{url}/pipedrive", "oauth_url": f"{url}/pipedrive", **credentials}
    )
    context = Context(name="pipedrive", clock=SystemClock(), retry_for=5.0, max_wait=5.0)
    source = PLUGIN.open(settings, context)
    try:
        return [one for page in source.read(Query(object="deals", paths=PATHS)) for one in page[0]]
    finally:
        source.close()


def test_it_offers_deals_organizations_and_persons():
    assert dict(PLUGIN.objects) == {"deals": 1, "organizations": 0, "persons": 1}


def test_it_is_found_by_its_name():
    assert source_plugin("pipedrive") is PLUGIN


def test_it_imports_the_vendors_client_only_when_it_is_opened():
    script = (
        "import sys; from crmsync.sources.pipedrive import PLUGIN; "
        "print([m for m in ('pipedrive', 'requests', 'urllib3') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("credentials", "options"),
    [
        ({"api_token": "sandbox"}, {}),
        (APP, {"pipedrive_client_id": "app-1f3"}),
        (APP, {"pipedrive_client_id": "app-1f3", "pipedrive_token_calls": 3}),
    ],
    ids=["token", "app", "an access token that ends in the middle"],
)
def test_it_reads_over_real_sockets(credentials, options):
    sandbox = RunningSandbox(SandboxOptions(companies=60, deals=700, nasty=0.0, **options))
    try:
        records = read(sandbox.url, **credentials)
    finally:
        sandbox.stop()

    assert len({one.id for one in records}) == len(records) == 693
    assert records[0].joins["owner"]["email"]
