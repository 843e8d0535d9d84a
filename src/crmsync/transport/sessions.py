"""A requests session as a transport, for the vendor clients that are built on requests."""

from __future__ import annotations

from requests import PreparedRequest, Session
from requests import Request as RequestsRequest
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from typing_extensions import override
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from crmsync import __version__
from crmsync.interfaces import Request, Response, Transport
from crmsync.transport.exceptions import of_exception
from crmsync.transport.pools import CONNECTIONS, POOLS, read_answer


def pooled_session(*, compress: bool = False) -> Session:
    """A session with pools that keep deadlines: no retries, nothing from the environment.

    A proxy or `.netrc` of the environment would see, or replace, the credentials.
    """
    session = Session()
    session.trust_env = False
    session.headers["User-Agent"] = f"crmsync/{__version__}"
    session.headers["Accept-Encoding"] = "gzip" if compress else "identity"
    for scheme in POOLS:
        adapter = HTTPAdapter(pool_maxsize=CONNECTIONS, max_retries=0)
        adapter.poolmanager.pool_classes_by_scheme = dict(POOLS)
        session.mount(f"{scheme}://", adapter)
    return session


class SessionTransport(Transport):
    """Sends through a session, with the headers that it carries at that moment.

    Args:
        session: From `pooled_session`, signed in by the vendor's client. Closed with this.
        host: For messages.
        deadline: Seconds, from the first byte sent to the last received.
        max_bytes: The largest answer, unpacked.
    """

    def __init__(self, session: Session, *, host: str, deadline: float, max_bytes: int) -> None:
        self._session = session
        self._host = host
        self._deadline = deadline
        self._max_bytes = max_bytes

    @override
    def send(self, request: Request) -> Response:
        try:
            # By its adapter: a session's own `send` reads a redirect's body without any cap.
            adapter = self._session.get_adapter(request.url)
            answer = adapter.send(
                self._prepared(request),
                stream=True,
                timeout=Timeout(total=self._deadline),  # type: ignore[arg-type]  # urllib3's is taken too
            )
            return read_answer(answer.raw, max_bytes=self._max_bytes)
        except (RequestException, HTTPError, OSError) as error:
            raise of_exception(error, sent=True, host=self._host) from error

    @override
    def close(self) -> None:
        self._session.close()

    def _prepared(self, request: Request) -> PreparedRequest:
        plain = RequestsRequest(
            request.method, request.url, headers=dict(request.headers), data=request.body or None
        )
        prepared = self._session.prepare_request(plain)
        prepared.url = request.url  # to the letter: requests would quote it anew
        return prepared
