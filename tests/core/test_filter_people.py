"""People to narrow a list by are offered while somebody can choose among them; after that they are found by name."""

from typing import Any

import pytest

from assurance.queries.classifications import OBLIGATIONS
from core import filtering
from core.listing import Listing
from governance.queries.inventory import MODELS
from kpis.queries.listings import KPIS
from portfolio.queries.listings import FLAGS
from tests.cast import Cast
from tests.governance.stored import sound_model

pytestmark = pytest.mark.django_db
OFFERED = 'name="owner"'


def test_among_very_many_only_whoever_is_chosen_stays(
    cast: Cast, signed_in: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound_model(cast, "Ranker")
    sound_model(cast, "Scorer", owner=cast.dana)
    page = signed_in("max")
    whole = page.get("/governance/models/").content.decode()
    assert OFFERED in whole
    assert f'<option value="{cast.dana.pk}"' in whole
    monkeypatch.setattr(filtering, "MOST_PEOPLE", 1)
    assert OFFERED not in page.get("/governance/models/").content.decode()
    chosen = page.get(f"/governance/models/?owner={cast.dana.pk}").content.decode()
    assert f'<option value="{cast.dana.pk}" selected' in chosen
    assert f'<option value="{cast.mona.pk}"' not in chosen
    assert "Ranker" not in chosen


@pytest.mark.parametrize("listing", [MODELS, KPIS, FLAGS, OBLIGATIONS])
def test_every_list_that_narrows_by_an_owner_finds_by_the_owners_name(listing: Listing) -> None:
    assert "owner" in listing.filters
    assert "owner__name" in listing.search


def test_no_person_by_a_wrong_number(
    cast: Cast, signed_in: Any, frozen: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound_model(cast)
    sound_model(cast, "Scorer", owner=cast.dana)
    monkeypatch.setattr(filtering, "MOST_PEOPLE", 1)
    for wrong in ("x", "99999999999999999999", "-1"):
        assert signed_in("max").get(f"/governance/models/?owner={wrong}").status_code == 400
