"""The pages, each made of what the watch sees now. Nothing here changes anything."""

from __future__ import annotations

from threading import Semaphore
from typing import Final
from urllib.parse import urlencode

from crmsync.config.schema import SyncConfig
from crmsync.engine.explain import explain
from crmsync.engine.plans import SyncPlan
from crmsync.engine.run import unforeseen, words_of
from crmsync.errors import CrmsyncError
from crmsync.web import records
from crmsync.web.exchange import RefusedError, Request
from crmsync.web.overview import overview
from crmsync.web.rendering import Frame, render
from crmsync.web.reports import FEW, MOST, as_run, listed, shown
from crmsync.web.watching import Watch
from crmsync.wiring import Selection, Workspace

PATIENCE: Final = 20.0
"""Seconds that the CRM is asked again and again for a record, where a person waits for it."""
ASKING: Final = 2
"""Explanations under way at once: each waits for the CRM, and the other pages have to go on."""
_DEEPEST: Final = 10_000
"""Pages of quarantine: beyond, an address was made up."""


class Pages:
    """Makes a page for a request. Safe for several threads."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        self._asking = Semaphore(ASKING)

    def overview(self, _request: Request, frame: Frame) -> str:
        """Every sync, and how it stands."""
        values = overview(self._watch.seen(), frame)
        return render("overview", frame, values | {"alive": self._watch.is_alive})

    def runs(self, request: Request, frame: Frame) -> str:
        """The last runs, of one sync or of all."""
        sync = request.query.get("sync", "")
        limit = min(max(_whole(request.query.get("limit", ""), FEW), 1), MOST)
        ledger = self._watch.ledger
        found = (
            [as_run(one) for one in ledger.reports(sync, limit=limit)]
            if sync
            else ledger.runs(limit=limit)
        )
        asked = {"limit": str(min(2 * limit, MOST))} | ({"sync": sync} if sync else {})
        older = f"/runs?{urlencode(asked)}" if len(found) == limit < MOST else ""
        values = {"rows": listed(found, frame), "sync": sync, "older": older}
        return render("runs", frame, values)

    def run(self, request: Request, frame: Frame) -> str:
        """One run's report."""
        run_id = request.path.removeprefix("/runs/")
        found = self._watch.ledger.run(run_id)
        if found is None:
            raise RefusedError(404, "No such run", "it may be so old that it was forgotten")
        return render("run", frame, shown(found, frame))

    def quarantine(self, request: Request, frame: Frame) -> str:
        """What was refused, with the reasons, sync by sync."""
        chosen = request.query.get("sync", "")
        page = min(_whole(request.query.get("page", ""), 0), _DEEPEST)
        syncs = {chosen: self._sync(chosen)} if chosen else self._watch.syncs()
        ledger = self._watch.ledger
        found = [records.quarantined(self.plan(name), ledger, page, frame) for name in syncs]
        held = [one for one in found if one is not None]
        total = sum(ledger.count_quarantined(name) for name in syncs)
        word = "record is" if total == 1 else "records are"
        values = {
            "headline": f"{total:,} {word} in quarantine." if total else "Quarantine",
            "aside": "Mended in the CRM, they come again by themselves." if held else "",
            "syncs": held,
            "chosen": chosen,
        }
        return render("quarantine", frame, values)

    def owed(self, _request: Request, frame: Frame) -> str:
        """What the last runs could not deliver, or not for certain."""
        ledger = self._watch.ledger
        found = (
            records.owed(self.plan(one.name), ledger, one.course, frame)
            for one in self._watch.seen()
            if one.course.reports
        )
        held = [one for one in found if one is not None]
        values = {
            "headline": "Something is owed." if held else "Owed",
            "aside": "It is not lost: runs go on with it." if held else "",
            "syncs": held,
        }
        return render("owed", frame, values)

    def explain(self, request: Request, frame: Frame) -> str:
        """One record, followed from the CRM to the platform; or the question alone.

        The CRM is asked, so another site's link only fills the form in.
        """
        name, record = request.query.get("sync", ""), request.query.get("id", "").strip()
        asked = bool(name and record) and _is_own(request)
        values: dict[str, object] = {
            "names": list(self._watch.syncs()),
            "sync": name,
            "id": record,
            "trouble": "",
            "found": None,
        }
        if asked:
            self._sync(name)
            values |= self._explained(name, record)
        return render("explain", frame, values)

    def plan(self, name: str) -> SyncPlan:
        """A sync's plan, by the configuration as it is now."""
        workspace = Workspace(self._watch.loaded, patience=PATIENCE, paces=self._watch.paces)
        (plan,) = workspace.plans(Selection(syncs=(name,)))
        return plan

    def _explained(self, name: str, record: str) -> dict[str, object]:
        if not self._asking.acquire(blocking=False):
            return {"trouble": "the CRM is being asked for other records; try again in a moment"}
        try:
            found = explain(self.plan(name), self._watch.ledger, record)
        except CrmsyncError as error:
            return {"trouble": words_of(error)}
        except Exception as error:  # noqa: BLE001 - an adapter's bug is told, as a run tells it
            return {"trouble": words_of(unforeseen(error))}
        finally:
            self._asking.release()
        return {"verdict": found.verdict, "found": records.explained(found)}

    def _sync(self, name: str) -> SyncConfig:
        found = self._watch.loaded.config.syncs.get(name)
        if found is None:
            raise RefusedError(404, "No such sync", "the configuration has none of that name")
        return found


def _whole(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else otherwise  # noqa: PLR2004 - a million is enough


def _is_own(request: Request) -> bool:
    """Whether a page of crmsync's own, or the person, asks for this; old browsers do not say."""
    return request.header("sec-fetch-site") in ("", "same-origin", "none")
