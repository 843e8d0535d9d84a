from __future__ import annotations

import subprocess
import sys
from contextlib import closing

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


def opened(url, **credentials):
    settings = PLUGIN.settings.model_validate(
        {"base_url": f"{url}/pipedrive", "oauth_url": f"{url}/pipedrive", **credentials}
    )
    context = Context(name="pipedrive", clock=SystemClock(), retry_for=5.0, max_wait=5.0)
    return closing(PLUGIN.open(settings, context))


def read(url, **credentials):
    with opened(url, **credentials) as source:
        return [one for page in source.read(Query(object="deals", paths=PATHS)) for one in page[0]]


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


@pytest.mark.security(63)
def test_an_app_that_may_write_is_warned_of_once_it_has_signed_in():
    options = SandboxOptions(companies=1, deals=1, pipedrive_extra_scopes="deals:full")
    sandbox = RunningSandbox(options)
    try:
        with opened(sandbox.url, **APP) as source:
            found = list(source.check(Query(object="deals", paths=frozenset({"title"}))))
    finally:
        sandbox.stop()

    assert all(line.passed for line in found)
    assert "may do more than crmsync needs: deals:full" in found[1].message
