"""A Redis cache that a dead Redis does not turn into a dead site: a miss, and 30 seconds of quiet."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


def count(key: str, *, seconds: int) -> int:
    """How often this was called for `key`, this time included. The count is forgotten `seconds` after the first."""
    cache = caches["default"]
    if isinstance(cache, SurvivingRedisCache):
        return cache.count(key, seconds)
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:  # forgotten between the two
        return 1


class _Client(RedisCacheClient):
    """One client for each pool: making one for each command costs as much as the command."""

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:  # noqa: ARG002
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]
        made = self.__dict__.setdefault("_made", {})
        if pool not in made:
            made[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return made[pool]

    def count(self, key: str, seconds: int) -> int:
        client = self.get_client(key, write=True)
        found = int(client.incr(key))
        if found == 1:
            client.expire(key, seconds)
        return found


class SurvivingRedisCache(RedisCache):
    """Reads miss and writes are dropped while Redis is gone; asked again every 30 seconds."""

    closed_until = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Client

    def count(self, key: str, seconds: int) -> int:
        """As `core.cache.count`, in one command; 1 while Redis is gone."""
        made = self.make_and_validate_key(key)
        client: Any = self._cache
        return int(self._try(lambda: client.count(made, seconds), 1))

    def _try(self, call: Callable[[], Any], otherwise: Any) -> Any:
        if time.monotonic() < type(self).closed_until:
            return otherwise
        try:
            return call()
        except (RedisError, OSError) as error:
            type(self).closed_until = time.monotonic() + 30
            log.warning("cache unavailable: %s", type(error).__name__)
            return otherwise

    def add(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(SurvivingRedisCache, self).add(*args, **kwargs), True))

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._try(lambda: super(SurvivingRedisCache, self).get(key, default, version), default)

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._try(lambda: super(SurvivingRedisCache, self).set(*args, **kwargs), None)

    def delete(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(SurvivingRedisCache, self).delete(*args, **kwargs), False))

    def touch(self, *args: Any, **kwargs: Any) -> bool:
        return bool(self._try(lambda: super(SurvivingRedisCache, self).touch(*args, **kwargs), False))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> int:
        return int(self._try(lambda: super(SurvivingRedisCache, self).incr(key, delta, version), delta))
