"""A version that waits in the registry while an older one serves, and an approval that does not hold: both make a model stale."""

from datetime import timedelta
from typing import Any

import pytest

from assurance.models import ModelVersion
from assurance.services.newer_versions import push_newer
from governance.models import AiModel
from governance.services.evaluate import evaluate_all
from portfolio.models import GateStanding
from portfolio.services.standing import Stands, set_standing
from tests.assurance.test_lineage import kpi
from tests.assurance.versioned import answered, asked, champion, model_of, version
from tests.cast import AT, TODAY, Cast
from tests.governance.stored import back

pytestmark = pytest.mark.django_db


def found(cast: Cast, model: AiModel, number: str, days: int, **more: Any) -> ModelVersion:
    """A version as a registry brings it."""
    row = version(cast, model, number, trained_on=back(days))
    ModelVersion.objects.filter(pk=row.pk).update(source="registry:1", external_id=number, **more)
    row.refresh_from_db()
    return row


def since(cast: Cast, model: AiModel) -> Any:
    push_newer(model_id=model.pk, by=cast.actor("max"), at=AT)
    return AiModel.objects.get(pk=model.pk).newer_version_since


def codes(model: AiModel) -> list[str]:
    return list(AiModel.objects.get(pk=model.pk).cause_codes)


@pytest.mark.parametrize(("days", "stale"), [(29, False), (30, False), (31, True)])
def test_a_newer_version_may_wait_thirty_days_for_a_role(days: int, stale: bool, cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1", trained_on=back(90))
    found(cast, model, "2", days)
    assert since(cast, model) == back(days)
    assert codes(model) == (["registry_newer_version"] if stale else [])


def test_giving_it_a_role_ends_the_waiting(cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1", trained_on=back(90))
    newer = found(cast, model, "2", 40)
    since(cast, model)
    assert codes(model) == ["registry_newer_version"]
    answered(cast, asked(cast, newer, "challenger"))
    assert codes(model) == []
    assert AiModel.objects.get(pk=model.pk).newer_version_since is None


def test_a_version_a_pipeline_registered_waits_as_one_of_a_registry_does(cast: Cast) -> None:
    model = model_of(cast)
    champion(cast, model, "1", trained_on=back(90))
    version(cast, model, "2", trained_on=back(40))
    assert codes(model) == ["registry_newer_version"]


def test_what_is_older_gone_or_retired_waits_for_nobody(cast: Cast) -> None:
    model = model_of(cast)
    assert since(cast, model) is None, "no champion, nothing newer"
    found(cast, model, "0", 200)
    champion(cast, model, "1", trained_on=back(90))
    found(cast, model, "3", 40, gone_at=AT)
    found(cast, model, "4", 40, role="retired")
    assert since(cast, model) is None


@pytest.mark.parametrize("by_kpi", [False, True])
def test_a_model_that_serves_under_an_approval_that_does_not_hold_is_stale_from_that_day(
    by_kpi: bool, cast: Cast
) -> None:
    model = model_of(cast)
    goal = model.initiatives.get()
    if by_kpi:
        model.kpis.add(kpi(cast, model, "Handling time"))
        model.initiatives.clear()
    GateStanding.objects.create(
        initiative=goal, suspended_on=back(1), suspended_because="C-1", judged_on=TODAY
    )
    AiModel.objects.update(due=True)
    evaluate_all(at=AT)
    (cause,) = AiModel.objects.get(pk=model.pk).causes
    assert (cause["code"], cause["since"]) == ("approval_lapsed", back(1).isoformat())
    evaluate_all(at=AT - timedelta(days=2))
    assert codes(model) == []
    set_standing(initiative=goal, stands=Stands(), on=TODAY)
    evaluate_all(at=AT)
    assert codes(model) == []
