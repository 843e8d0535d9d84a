from __future__ import annotations

import subprocess
import sys

from crmsync.adapters import Context
from crmsync.records import Query
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import RunningSandbox
from crmsync.sources.hubspot import PLUGIN
from crmsync.transport.clock import SystemClock


def open_at(url):
    settings = PLUGIN.settings(access_token="pat", base_url=f"{url}/hubspot")
    context = Context(name="hubspot", clock=SystemClock(), retry_for=5.0, max_wait=5.0)
    return PLUGIN.open(settings, context)


def test_it_offers_companies_first_and_deals_rank_after_them():
    assert list(PLUGIN.objects.items()) == [
        ("companies", 0),
        ("deals", 1),
        ("deal_stage_changes", 1),
    ]


def test_it_imports_the_vendors_client_only_when_it_is_opened():
    script = (
        "import sys; from crmsync.sources.hubspot import PLUGIN; "
        "print([m for m in ('hubspot', 'urllib3') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_it_reads_over_real_sockets():
    sandbox = RunningSandbox(SandboxOptions(companies=350, nasty=0.0))
    try:
        source = open_at(sandbox.url)
        pages = list(source.read(Query(object="companies", paths=frozenset({"owner.email"}))))
        source.close()
    finally:
        sandbox.stop()

    assert sum(len(page.records) for page in pages) == pages[0].total == 350
    assert pages[0].records[0].joins["owner"]["email"]
