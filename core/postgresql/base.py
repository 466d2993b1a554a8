"""The PostgreSQL connection: Django's, without a question to the server that its socket can answer, and with moments
read by psycopg's own reader."""

import select
from functools import lru_cache
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import get_adapters_template
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq import Format

_READ_MOMENT: Any = psycopg.adapters.get_loader(base.TIMESTAMPTZ_OID, Format.TEXT)


class DatabaseWrapper(base.DatabaseWrapper):
    """As its parent; two things cost less."""

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        params["context"] = _adapters(self.timezone)
        return params

    def is_usable(self) -> bool:
        """Whether the server is still there, asked once a request.

        A server that went away closes the socket, which can then be read; one that has said nothing since its last
        answer is as good as a moment ago. Only where there is something to read is it asked with a query.
        """
        if self.connection is None:
            return False
        try:
            silent = not _readable(self.connection.fileno())
        except (OSError, ValueError, psycopg.Error):
            return False
        return silent or bool(super().is_usable())


def _readable(socket: int) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


@lru_cache
def _adapters(zone: Any) -> AdaptersMap:
    """Django's adapters, with moments read in the connection's time zone, which is `zone`, by psycopg's reader.

    Django's own reads them in Python, to say the zone again.
    """

    class Moments(Loader):
        timezone = zone

        def __init__(self, oid: int, context: AdaptContext | None = None) -> None:
            super().__init__(oid, context)
            self._read = _READ_MOMENT(oid, context).load

        def load(self, data: Buffer) -> Any:
            return self._read(data)

    adapters = AdaptersMap(get_adapters_template(True, zone))
    adapters.register_loader("timestamptz", Moments)
    return adapters
