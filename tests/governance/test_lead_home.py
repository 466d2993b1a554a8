"""A lead's home: their next gate, what it still asks for, and the way to its form."""

import re
from typing import Any

import pytest

from tests.cast import AT, Cast
from tests.governance.asking import idea, submitted

pytestmark = pytest.mark.django_db
HOME = "/portfolio/home/"


@pytest.fixture(autouse=True)
def _now(frozen: Any) -> None:
    frozen(AT)


def test_the_open_must_meets_of_the_next_gate_stand_on_the_home_of_its_lead(
    cast: Cast, signed_in: Any
) -> None:
    row = idea(cast, stage="pilot", tier=2)
    page = signed_in("alice").get(HOME).content.decode()
    form = signed_in("alice").get(f"/portfolio/initiatives/{row.ref}/gate/").content.decode()
    assert f"{row.name}: G4 scale" in page
    for words in ("Pilot report", "Production owner", "Model registered with owner"):
        assert words in page
    assert f'href="/portfolio/initiatives/{row.ref}/gate/"' in page
    assert "Nothing is missing" not in page
    met = re.search(r"(\d) of 9 yes", form)
    assert met is not None
    assert f"<strong>{9 - int(met[1])} of 9</strong> must-meets are open" in page


def test_a_gate_that_is_ready_says_so_and_one_asked_for_lacks_nothing(cast: Cast, signed_in: Any) -> None:
    row = idea(cast)
    page = signed_in("alice").get(HOME).content.decode()
    assert "Every must-meet is answered yes. The gate can be asked for." in page
    assert "Nothing is missing for your next gates." in page
    pack = submitted(row, cast)
    page = signed_in("alice").get(HOME).content.decode()
    assert f"Asked for with {pack.ref}. Nothing is left to fill in." in page
    assert f'href="/governance/submissions/{pack.ref}/"' in page


def test_what_a_must_meet_asks_for_is_not_asked_for_twice(cast: Cast, signed_in: Any) -> None:
    idea(cast, sponsor=None)
    page = signed_in("alice").get(HOME).content.decode()
    assert "One must-meet</strong> of your next gates is open" in page
    assert "Missing on the record" not in page


def test_the_gates_of_others_are_not_on_the_home(cast: Cast, signed_in: Any) -> None:
    row = idea(cast, stage="pilot", tier=2)
    assert f"{row.name}: G4" not in signed_in("edith").get(HOME).content.decode()
