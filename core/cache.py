"""A Redis cache that a dead Redis does not turn into a dead site: a miss, and 30 seconds of quiet."""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)


class SurvivingRedisCache(RedisCache):
    """Reads miss and writes are dropped while Redis is gone; asked again every 30 seconds."""

    closed_until = 0.0

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
