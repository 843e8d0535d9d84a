"""HubSpot's official client as a transport: its sign-in, its TLS and its connection pool.

The client's own calls are not used: they know no date-named versions, build models that cap a
core at about 2,000 records/s, and read an error's body without any bound.
"""

from __future__ import annotations

# The smallest of the client's packages: 160 ms of CPU, 125 of them urllib3 (measured).
from hubspot.crm.owners.api_client import ApiClient
from hubspot.crm.owners.configuration import Configuration
from typing_extensions import override
from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from crmsync import __version__
from crmsync.durations import parse_duration
from crmsync.interfaces import Request, Response, Transport
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.transport.exceptions import of_exception
from crmsync.transport.pools import CONNECTIONS, POOLS, read_answer
from crmsync.transport.redaction import reveal
from crmsync.transport.urls import Origin


class HubSpotTransport(Transport):
    """One client with one connection pool, for all threads of a run."""

    def __init__(self, settings: HubSpotSettings) -> None:
        configuration = Configuration(host=settings.base_url.rstrip("/"))
        configuration.access_token = reveal(settings.access_token)
        configuration.retries = False
        configuration.connection_pool_maxsize = CONNECTIONS
        client = ApiClient(configuration)
        client.user_agent = f"crmsync/{__version__}"
        self._headers: dict[str, str] = dict(client.default_headers)
        client.update_params_for_auth(self._headers, [], ["oauth2"])
        self._headers["Accept-Encoding"] = "gzip" if settings.compress else "identity"
        self._pools = client.rest_client.pool_manager
        self._pools.pool_classes_by_scheme = dict(POOLS)
        origin = Origin.parse(settings.base_url)
        self._host, self._site = origin.host, str(origin)
        # Asked for once: the manager takes the whole address apart for each request, byte by byte.
        self._pool = self._pools.connection_from_url(self._site)
        self._deadline = parse_duration(settings.timeout)
        self._cap = settings.max_page_bytes

    @override
    def send(self, request: Request) -> Response:
        try:
            answer = self._pool.urlopen(
                request.method,
                request.url.removeprefix(self._site),
                body=request.body or None,
                headers={**self._headers, **request.headers},
                retries=False,
                redirect=False,
                preload_content=False,
                decode_content=False,
                timeout=Timeout(total=self._deadline),
            )
            return read_answer(answer, max_bytes=self._cap)
        except (HTTPError, OSError) as error:
            raise of_exception(error, sent=True, host=self._host) from error

    @override
    def close(self) -> None:
        self._pool.close()  # the manager would only forget it
        self._pools.clear()
