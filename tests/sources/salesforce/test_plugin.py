from __future__ import annotations

import subprocess
import sys

from crmsync.adapters import Context
from crmsync.records import Query
from crmsync.sandbox.options import SandboxOptions
from crmsync.sandbox.server import RunningSandbox
from crmsync.sources.salesforce import PLUGIN
from crmsync.transport.clock import SystemClock


def test_it_offers_accounts_first_and_every_other_object():
    assert dict(PLUGIN.objects) == {"Account": 0, "Opportunity": 1}
    assert PLUGIN.rank("Subscription__c") == 1


def test_it_imports_the_vendors_client_only_when_it_is_opened():
    script = (
        "import sys; from crmsync.sources.salesforce import PLUGIN; "
        "print([m for m in ('simple_salesforce', 'zeep', 'requests') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )

    assert done.stdout.strip() == "[]"


def test_it_reads_over_real_sockets():
    sandbox = RunningSandbox(SandboxOptions(companies=350, nasty=0.0))
    settings = PLUGIN.settings(
        login_url=f"{sandbox.url}/salesforce", consumer_key="k", consumer_secret="s",
        bulk_threshold=100,
    )  # fmt: skip
    try:
        context = Context(name="sf", clock=SystemClock(), retry_for=5.0, max_wait=5.0)
        source = PLUGIN.open(settings, context)
        pages = list(source.read(Query(object="Account", paths=frozenset({"owner.email"}))))
        source.close()
    finally:
        sandbox.stop()

    assert sum(len(page.records) for page in pages) == pages[0].total == 350
    assert pages[0].records[0].joins["owner"]["email"]
