"""A refusal, told by its status and code."""

from collections.abc import Callable
from typing import Any

import pytest

from core.errors import Problem


def refused(do: Callable[[], Any], status: int, code: str) -> Problem:
    with pytest.raises(Problem) as caught:
        do()
    found = caught.value
    assert (found.status, found.items[0].code if found.items else found.code) == (status, code), found.detail
    return found
