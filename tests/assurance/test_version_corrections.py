"""What was recorded wrongly of a version is put right with the reason, until people rely on it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from assurance.models import LimeExplanation, ModelVersion, ShapFile
from assurance.services.deployments import Reported, report_deployment
from assurance.services.version_corrections import correct_version
from core.errors import Problem
from core.models import AuditEvent
from governance.services.inventory import retire_model
from tests.assurance.living import change, validated
from tests.assurance.versioned import DIGEST, OTHER, asked, model_of, version
from tests.assurance.watching import monitor
from tests.cast import AT, Cast
from tests.governance.stored import reviewer

pytestmark = pytest.mark.django_db
WHY = "The pipeline sent the commit of the branch beside it."


def refused(work: Callable[[], object]) -> tuple[int, str]:
    with pytest.raises(Problem) as caught:
        work()
    first = caught.value.items[0] if caught.value.items else None
    return caught.value.status, first.code if first else caught.value.code


def right(cast: Cast, row: ModelVersion, who: str = "mona", **facts: Any) -> ModelVersion:
    return correct_version(pk=row.pk, by=cast.actor(who), at=AT, **{"because": WHY, **facts})


def test_what_is_given_is_put_right_with_the_reason_and_the_rest_stays(cast: Cast) -> None:
    row = version(
        cast, model_of(cast), "1", commit="abcdef1", image=f"calder/ranker@{DIGEST}", metrics={"auc": "0.9"}
    )
    done = right(cast, row, commit="1234567", metrics={"auc": "0.91"})
    assert (done.commit, done.metrics, done.image_digest, done.version) == (
        "1234567",
        {"auc": "0.91"},
        DIGEST,
        2,
    )
    event = AuditEvent.objects.get(action="version.corrected")
    assert (event.reason, event.before["commit"], event.after["commit"]) == (WHY, "abcdef1", "1234567")
    assert right(cast, row, commit="1234567").version == 2, "the same again writes nothing"
    assert right(cast, row, image_digest=OTHER).image == "calder/ranker"
    assert right(cast, row, image="calder/ranker:2").image_digest == "", "another image brings no old digest"


def test_a_number_of_the_model_is_used_once(cast: Cast) -> None:
    model = model_of(cast)
    row, other = version(cast, model, "1"), version(cast, model, "2")
    assert refused(lambda: right(cast, row, number="2")) == (409, "version_taken")
    assert right(cast, other, number="3").number == "3"


@pytest.mark.parametrize("how", ["asked", "champion", "registry"])
def test_once_people_rely_on_it_only_its_notes_change(how: str, cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    if how == "asked":
        asked(cast, row)
    else:
        changed: Any = (
            {"role": "champion"} if how == "champion" else {"source": "mlflow", "external_id": "a/1"}
        )
        ModelVersion.objects.filter(pk=row.pk).update(**changed)
    assert refused(lambda: right(cast, row, commit="1234567")) == (409, "version_stands")
    assert right(cast, row, notes="Trained twice; this is the second run.").notes
    row.refresh_from_db()
    assert row.commit == ""


@pytest.mark.parametrize("how", ["validation", "change", "shap", "lime", "monitor"])
def test_once_it_was_judged_only_its_notes_change(how: str, cast: Cast) -> None:
    model = model_of(cast)
    row, other = version(cast, model, "1"), version(cast, model, "2")
    reviewer(cast)
    if how == "validation":
        validated(cast, model, model_version=row)
    elif how == "change":
        change(cast, model, model_version=row)
    elif how == "monitor":
        monitor(cast, model, model_version=row)
    elif how == "lime":
        LimeExplanation.objects.create(
            model=model, version=row, decision="C-1", added_at=AT, added_by=cast.mona
        )
    else:
        ShapFile.objects.create(
            model=model, version=row, filename="s.csv", sha256="0" * 64, size=1, content=b"1", rows=1, features=1,
            tolerance="0", largest_gap="0", added_at=AT, added_by=cast.mona,
        )  # fmt: skip
    assert refused(lambda: right(cast, row, commit="1234567")) == (409, "version_stands")
    assert right(cast, row, notes="Seen in June.").notes
    assert right(cast, other, commit="1234567").commit == "1234567", "nobody judged the other"


def test_what_was_reported_to_run_before_it_was_registered_was_deployed_as_it(cast: Cast) -> None:
    """Its number is not taken from it either."""
    model = model_of(cast)
    said = Reported(version="1", environment="production", observed=True)
    report_deployment(model_id=model.pk, said=said, by=cast.actor("mona"), at=AT)
    row, wrong = version(cast, model, "1"), version(cast, model, "one")
    for facts in ({"commit": "1234567"}, {"number": "3"}):
        assert refused(partial(right, cast, row, **facts)) == (409, "version_stands")
    assert right(cast, wrong, number="2").number == "2"


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"because": " "}, "required"),
        ({"commit": "xyz"}, "invalid"),
        ({"metrics": {"auc": "good"}}, "not_a_number"),
    ],
)
def test_a_correction_says_why_and_is_checked_like_a_new_version(
    facts: dict[str, Any], code: str, cast: Cast
) -> None:
    row = version(cast, model_of(cast), "1")
    assert refused(lambda: right(cast, row, **facts)) == (400, code)
    assert not AuditEvent.objects.filter(action="version.corrected").exists()


@pytest.mark.parametrize(("who", "status"), [("vera", 403), ("charlie", 404)])
def test_who_does_not_report_on_the_model_puts_nothing_right(who: str, status: int, cast: Cast) -> None:
    row = version(cast, model_of(cast), "1")
    assert refused(lambda: right(cast, row, who, commit="1234567"))[0] == status


def test_of_two_the_second_is_refused_and_a_retired_model_stands(cast: Cast) -> None:
    model = model_of(cast, stage="development", in_production_since=None)
    row = version(cast, model, "1")
    right(cast, row, commit="1234567")
    assert refused(lambda: right(cast, row, commit="7654321", expected_version=1))[0] == 412
    retire_model(pk=model.pk, because="Never used.", by=cast.actor("mona"), at=AT)
    assert refused(lambda: right(cast, row, commit="7654321")) == (409, "model_retired")


def test_it_is_done_on_the_page_and_by_the_api(cast: Cast, signed_in: Any, api: Any, frozen: Any) -> None:
    model = model_of(cast)
    row = version(cast, model, "1", commit="abcdef1", image=f"calder/ranker@{DIGEST}", metrics={"auc": "0.9"})
    page, address = signed_in("mona"), f"/governance/models/{model.ref}/versions/"
    assert f"?act=correct&amp;row={row.pk}#act" in page.get(address).content.decode()
    shown = page.get(f"{address}?act=correct&row={row.pk}").content.decode()
    assert "abcdef1" in shown
    assert f"calder/ranker@{DIGEST}" in shown
    sent = {
        "act": "correct", "row": row.pk, "because": WHY, "number": "1", "commit": "1234567", "metrics": "auc: 0.9",
        "image": f"calder/ranker@{DIGEST}",
    }  # fmt: skip
    assert page.post(address, sent).status_code == 302
    row.refresh_from_db()
    assert (row.commit, row.image_digest, row.metrics) == ("1234567", DIGEST, {"auc": "0.9"})
    done = api("mona").post(
        f"/api/v1/model-versions/{row.pk}/correct/", {"because": WHY, "notes": "Second run."}
    )
    assert (done.status_code, done.json()["notes"], done.json()["commit"]) == (200, "Second run.", "1234567")
