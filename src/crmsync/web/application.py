"""What is answered to what: the pages, the one button, the monitors' addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from crmsync.engine.run import words_of
from crmsync.errors import CrmsyncError
from crmsync.web.access import Access, SignInNeededError, cookie
from crmsync.web.exchange import TEXT, RefusedError, Request, Response, see_other
from crmsync.web.monitoring import Monitoring
from crmsync.web.pages import Pages
from crmsync.web.rendering import ICON, Frame, render
from crmsync.web.retries import Retries
from crmsync.web.watching import Watch

SOON: Final = 3.0
"""Seconds that a retry is waited for before a page says that it goes on."""
_READS: Final = frozenset({"GET", "HEAD"})
_SVG: Final = "image/svg+xml"


class Application:
    """Answers requests. Safe for several threads."""

    def __init__(self, watch: Watch, access: Access, retries: Retries) -> None:
        self._watch = watch
        self._access = access
        self._retries = retries
        pages, monitoring = Pages(watch), Monitoring(watch)
        self._pages: Mapping[str, Callable[[Request, Frame], str]] = {
            "/": pages.overview,
            "/runs": pages.runs,
            "/quarantine": pages.quarantine,
            "/owed": pages.owed,
            "/explain": pages.explain,
        }
        self._run = pages.run
        self.start = monitoring.start
        self._open: Mapping[str, Callable[[], Response]] = {
            "/healthz": monitoring.health,
            "/icon.svg": lambda: Response(200, ICON, _SVG),
        }
        self._monitors: Mapping[str, Callable[[], Response]] = {
            "/readyz": monitoring.readiness,
            "/metrics": monitoring.metrics,
        }
        self._buttons: Mapping[str, Callable[[Request, str], Response]] = {
            "/quarantine/retry": self._retry,
            "/sign-out": self._sign_out,
        }

    def __call__(self, request: Request) -> Response:
        """Answer what `at_once` left: people on a page, programs in a line."""
        try:
            return self._answer(request)
        except SignInNeededError as needed:
            return self._signing_in(request, needed)
        except RefusedError as refused:
            return self._refusal(request, refused)
        except CrmsyncError as error:
            trouble = RefusedError(503, "Not now", words_of(error), retry_after=5)
            return self._refusal(request, trouble)

    def at_once(self, request: Request) -> Response | None:
        """What waits for nothing: who asks by a wrong name is refused, a monitor told of life.

        None where a thread has to see to it.
        """
        try:
            self._access.check_name(request)
        except RefusedError as refused:
            return Response(refused.status, f"{refused.message}\n", TEXT)
        if request.method in _READS and request.path in self._open:
            return self._open[request.path]()
        return None

    def _answer(self, request: Request) -> Response:
        path = request.path
        if request.method == "POST":
            return self._post(request)
        if request.method not in _READS:
            raise RefusedError(405, "Not so", "this page is asked with GET")
        session = self._access.session_of(request)
        if path in self._monitors:
            return self._monitors[path]()
        frame = self._frame(request, session)
        if path in self._pages:
            return Response(200, self._pages[path](request, frame))
        if path.startswith("/runs/"):
            return Response(200, self._run(request, frame))
        if path.startswith("/retries/"):
            return self._retried(path.removeprefix("/retries/"), frame)
        raise RefusedError(404, "Nothing here", "there is no such page")

    def _post(self, request: Request) -> Response:
        self._access.check_origin(request)
        if request.path == "/sign-in":
            return self._sign_in(request)
        button = self._buttons.get(request.path)
        if button is None:
            raise RefusedError(405, "Not so", "this page is asked with GET")
        session = self._access.session_of(request)
        self._access.check_form(request, session)
        return button(request, session)

    def _sign_in(self, request: Request) -> Response:
        if self._access.open:
            return see_other("/")
        session = self._access.sign_in(request.form.get("token", ""), request.peer)
        secure = request.header("x-forwarded-proto") == "https"
        return see_other(request.form.get("next", "/"), (cookie(session, secure=secure),))

    def _sign_out(self, _request: Request, session: str) -> Response:
        self._access.sign_out(session)
        return see_other("/", (cookie("", secure=False),))

    def _retry(self, request: Request, _session: str) -> Response:
        """What `crmsync quarantine retry` does, unless a run of the daemon is in its way."""
        form = request.form
        name, record = form.get("sync", ""), form.get("id", "")
        sync = self._watch.loaded.config.syncs.get(name)
        if sync is None:
            raise RefusedError(404, "No such sync", "the configuration has none of that name")
        if busy := self._watch.running(sync.destination):
            message = f"{', '.join(busy)} is writing to {sync.destination}; try again when it ended"
            raise RefusedError(409, "Not now", message)
        ids = (record,) if record else ()
        certain = form.get("certain") == "yes"
        retry = self._retries.start(self._watch.loaded, name, ids, certain=certain)
        retry.over.wait(SOON)
        return see_other(f"/retries/{retry.number}")

    def _retried(self, number: str, frame: Frame) -> Response:
        retry = self._retries.get(number)
        if retry is None:
            raise RefusedError(404, "No such retry", "the daemon was started anew since")
        if retry.over.is_set() and retry.run_id:
            return see_other(f"/runs/{retry.run_id}")
        what = f"record {retry.ids[0]}" if retry.ids else "what is in quarantine"
        over = retry.over.is_set()
        values = {
            "title": "Nothing was tried again" if over else "Trying again",
            "message": retry.told if over else f"{retry.sync}: {what} is read, mapped and sent.",
            "links": [("/quarantine", "Back to quarantine")],
            "refresh": "" if over else "2",
        }
        return Response(200, render("message", frame, values))

    def _signing_in(self, request: Request, needed: SignInNeededError) -> Response:
        asked = (("WWW-Authenticate", 'Bearer realm="crmsync"'),)
        if request.path in self._monitors:
            told = f"{needed.message}: send it as Authorization: Bearer\n"
            return Response(401, told, TEXT, asked, needed.hold)
        tried = request.path == "/sign-in" or bool(request.header("authorization"))
        target = request.form.get("next", "/") if request.method == "POST" else request.target
        frame = self._frame(request, "", nav=False)
        values = {"wrong": needed.message if tried else "", "next": _own(target)}
        return Response(401, render("sign_in", frame, values), headers=asked, hold=needed.hold)

    def _refusal(self, request: Request, refused: RefusedError) -> Response:
        headers = (("Retry-After", str(refused.retry_after)),) if refused.retry_after else ()
        if refused.status == 405:  # noqa: PLR2004 - HTTP's own number
            headers = (*headers, ("Allow", "GET, HEAD"))
        if request.path in self._monitors:
            return Response(refused.status, f"{refused.message}\n", TEXT, headers, refused.hold)
        frame = self._frame(request, "", nav=False)
        links = [("/", "Overview")]
        values = {"title": refused.title, "message": refused.message, "links": links}
        return Response(refused.status, render("message", frame, values), headers=headers)

    def _frame(self, request: Request, session: str, *, nav: bool = True) -> Frame:
        return Frame(
            now=self._watch.clock.now(),
            zone=self._watch.zone,
            here=request.path,
            again=_own(request.target) if request.method in _READS else "/",
            form=self._access.form_token(session) if nav else "",
            session=session,
            nav=nav,
        )


def _own(target: str) -> str:
    """An address of the page's own, "/" for any other."""
    return dict(see_other(target).headers)["Location"]
