"""What the next gate asks of the case, answered by the record."""

from datetime import timedelta
from decimal import Decimal

import pytest

from funding.services.draft import ScenarioDraft
from funding.views.slots import gates
from portfolio.models import Initiative
from tests.cast import AT, TODAY, Cast
from tests.funding.build import published, worked
from tests.kpis.build import claims_triage

pytestmark = pytest.mark.django_db
CAREFUL = (ScenarioDraft(name="conservative", haircut=Decimal("0.2"), years_late=0),)


def answered(row: Initiative, cast: Cast) -> tuple[str, str]:
    found = gates(row, cast.actor("alice"), TODAY)
    return found["business_case"], found["business_case_rerun"]


def test_no_case_is_no_answer_in_its_favour(cast: Cast) -> None:
    assert answered(claims_triage(cast), cast) == ("no", "no")


def test_a_case_run_in_this_stage_with_a_haircut_is_both(cast: Cast) -> None:
    row = claims_triage(cast)
    row.entered_on = TODAY
    published(row, worked(row.lead_id, scenarios=CAREFUL), by=cast.actor("alice"), at=AT)
    assert answered(row, cast) == ("yes", "yes")


def test_a_case_of_before_the_stage_is_not_run_again(cast: Cast) -> None:
    row = claims_triage(cast)
    row.entered_on = TODAY + timedelta(days=1)
    published(row, worked(row.lead_id, scenarios=CAREFUL), by=cast.actor("alice"), at=AT)
    assert answered(row, cast) == ("yes", "no")


def test_a_case_without_a_haircut_is_not_run_again_and_an_undated_stage_is_unknown(cast: Cast) -> None:
    row, other = claims_triage(cast), claims_triage(cast, "Undated")
    row.entered_on, other.entered_on = TODAY, None
    published(row, worked(row.lead_id, scenarios=()), by=cast.actor("alice"), at=AT)
    published(other, worked(other.lead_id, scenarios=CAREFUL), by=cast.actor("alice"), at=AT)
    assert answered(row, cast) == ("yes", "no")
    assert answered(other, cast) == ("yes", "unknown")
