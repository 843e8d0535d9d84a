"""The floor: read every page and post every record, with urllib3 and orjson alone.

No mapping, no validation, no ledger, no retry: what any program must at least do. Bodies
are records' own properties, cut to the limits of 1,000 records and 1,000,000 bytes.

    python benchmarks/floor.py HUBSPOT_URL AKOODA_URL
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from queue import Queue
from threading import Thread
from urllib.parse import urlencode

import orjson
import urllib3

MAX_BYTES = 1_000_000
MAX_PAYLOADS = 1_000
"""What one request may hold: the Ingestion API guide, read 2026-11-21."""

PROPERTIES = (
    "hs_object_id,name,domain,website,phone,address,city,state,country,industry,lifecyclestage,"
    "numberofemployees,description,about_us,linkedin_company_page,twitterhandle,closedate,"
    "hs_lastmodifieddate,hubspot_owner_id,hubspot_owner_assigneddate,hs_additional_domains,"
    "renewal_date,zip,founded_year,timezone,type,hs_lead_status,createdate,"
    "notes_last_updated,notes_last_contacted,num_associated_contacts,num_associated_deals,"
    "recent_deal_amount,recent_deal_close_date,total_revenue,first_contact_createdate,"
    "hs_analytics_source,hs_num_open_deals,web_technologies,hs_merged_object_ids"
)
"""The 40 properties that a run with run.py's CONFIG asks for, and no other: the sandbox keeps its
answers by their set, and whoever asked for another would wait for what the floor does not."""

POOL = urllib3.PoolManager(maxsize=4, retries=False)


def pages(hubspot: str) -> Iterator[list[dict[str, object]]]:
    """Every page of companies, 100 a page."""
    after = ""
    while True:
        query = {"limit": "100", "properties": PROPERTIES} | ({"after": after} if after else {})
        answer = POOL.request(
            "GET",
            f"{hubspot}/crm/objects/2026-09/companies?{urlencode(query)}",
            headers={"authorization": "Bearer floor"},
        )
        document = orjson.loads(answer.data)
        yield document["results"]
        paging = document.get("paging")
        if not paging:
            return
        after = paging["next"]["after"]


def post(akooda: str, bodies: list[bytes]) -> None:
    """Send one batch of organizations."""
    POOL.request(
        "POST",
        f"{akooda}/organizations",
        body=b"[" + b",".join(bodies) + b"]",
        headers={
            "content-type": "application/json",
            "x-akooda-tenant-id": "floor",
            "x-akooda-authorization": "floor",
        },
    )


def main(hubspot: str, akooda: str) -> None:
    """Move everything: one thread reads ahead, the other posts."""
    queue: Queue[list[dict[str, object]] | None] = Queue(maxsize=4)

    def read() -> None:
        for page in pages(hubspot):
            queue.put(page)
        queue.put(None)

    Thread(target=read, daemon=True).start()
    bodies: list[bytes] = []
    size = 2
    while (page := queue.get()) is not None:
        for record in page:
            body = orjson.dumps(record)
            if len(bodies) == MAX_PAYLOADS or size + len(body) + 1 > MAX_BYTES:
                post(akooda, bodies)
                bodies, size = [], 2
            bodies.append(body)
            size += len(body) + 1
    if bodies:
        post(akooda, bodies)


if __name__ == "__main__":
    main(*sys.argv[1:])
