"""Laws of an account: what opening, checking, counting and closing do, and what they do not."""

from __future__ import annotations

from crmsync.interfaces import Response
from crmsync.testing.destinations.platform import NOWHERE, Platform

READING = frozenset({"GET", "HEAD", "OPTIONS"})
MISSING = "${CRMSYNC_NO_SUCH_VARIABLE}"


class AccountLaws(Platform):
    """An account is opened for nothing, checked without a trace, and closed whole."""

    def test_opening_sends_nothing_and_looks_up_no_credential(self) -> None:
        """`dry-run` opens it, and needs no credentials of the platform."""
        with self.at([self.taken((0,))], None, **self._without()) as (_, server):
            pass
        assert server.connections == 0

    def test_a_check_changes_nothing(self) -> None:
        """It may read; it may not write."""
        with self.at([self.taken((0,))]) as (destination, server):
            results = list(destination.check())
        assert results
        assert {request.method for request in server.received} <= READING

    def test_a_check_names_each_credential_that_is_missing(self) -> None:
        """With what to do next, and asks nobody."""
        with self.at([self.taken((0,))], None, **self._without()) as (destination, server):
            failed = [result for result in destination.check() if not result.passed]
        for key in self._without():
            assert any(key in result.name for result in failed), key
        assert all(result.hint and result.code for result in failed)
        assert server.received == []

    def test_traffic_counts_what_was_sent(self) -> None:
        """Requests, retries and bytes, retries included."""
        with self.at([Response(503, {}, b""), self.taken((0,))]) as (destination, server):
            self.push(destination, method=self.repeatable())
            traffic = destination.traffic
        sent = sum(len(request.body) for request in server.received)
        assert (traffic.requests, traffic.retries, traffic.bytes_sent) == (2, 1, sent)

    def test_closing_closes_its_connections(self) -> None:
        """None is left behind for the other side to time out."""
        with self.at([self.taken((0,))]) as (destination, server):
            self.push(destination)
            destination.close()
            server.wait_until_all_are_closed(self.patience)
        with self.opened(NOWHERE) as destination:
            destination.close()  # also where it was never used

    def _without(self) -> dict[str, str]:
        """The credentials' keys, each referring to what is not there."""
        return {key: MISSING for key, value in self.table().items() if value in self.secrets}
