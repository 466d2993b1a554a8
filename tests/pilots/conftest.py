"""A pilot of Alice's for the tests of what stands in its file."""

import pytest

from pilots.models import Pilot
from tests.cast import Cast
from tests.pilots.stored import bare_pilot


@pytest.fixture
def pilot(cast: Cast) -> Pilot:
    return bare_pilot(cast)
