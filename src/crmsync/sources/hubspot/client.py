"""HubSpot's official client as a transport: its sign-in, its TLS and its connection pool.

The client's own calls are not used: they know no date-named versions, build models that cap a
core at about 2,000 records/s, and read an error's body without any bound.
"""

from __future__ import annotations

# The smallest of the client's packages: 160 ms of CPU, 125 of them urllib3 (measured).
from hubspot.crm.owners.api_client import ApiClient
from hubspot.crm.owners.configuration import Configuration
from typing_extensions import override

from crmsync import __version__
from crmsync.durations import parse_duration
from crmsync.exchanges import Exchange
from crmsync.interfaces import Request, Response, Transport
from crmsync.sources.hubspot.settings import HubSpotSettings
from crmsync.transport.pools import CONNECTIONS, POOLS, Pool
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
        self._site = str(Origin.parse(settings.base_url))
        # Asked for once: the manager takes the whole address apart for each request, byte by byte.
        self._pool: Pool = self._pools.connection_from_url(self._site)
        self._deadline = parse_duration(settings.timeout)
        self._cap = settings.max_page_bytes

    @override
    def send(self, request: Request) -> Response:
        return self.begin(request).answer()

    @override
    def begin(self, request: Request) -> Exchange[Response]:
        path = request.url.removeprefix(self._site)
        request = request._replace(headers={**self._headers, **request.headers})
        return self._pool.begin(request, path, deadline=self._deadline, max_bytes=self._cap)

    @override
    def close(self) -> None:
        self._pool.close()  # the manager would only forget it
        self._pools.clear()
