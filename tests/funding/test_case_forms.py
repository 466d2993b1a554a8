"""Writing a case in the browser, with and without script: nothing typed is lost, and what is wrong names its field."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from core.values import amount_of
from funding.models import BusinessCase, CaseBenefit, CaseCost
from funding.services.cases import publish_case, save_draft
from funding.services.draft import CaseDraft
from portfolio.models import Initiative
from tests.cast import AT, Cast
from tests.funding.writing import costs, draft, half_written, published, sent, worked
from tests.kpis.build import claims_triage, make_kpi

SignIn = Callable[[str], Client]


@pytest.fixture(autouse=True)
def _now(frozen: Callable[[datetime], None]) -> None:
    """Every test here happens at the moment of the cast."""


@pytest.fixture
def triage(cast: Cast) -> Initiative:
    return claims_triage(cast)


def at(initiative: Initiative, rest: str = "edit/") -> str:
    return f"/funding/initiative/{initiative.ref}/case/{rest}"


def form_of(client: Client, initiative: Initiative) -> dict[str, str]:
    answer = client.get(at(initiative))
    assert answer.status_code == 200, answer.content[:300]
    return sent(answer.content.decode())


def text_of(answer: Any) -> str:
    return str(answer.content.decode()).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("500000", "500000"), ("500,000", "500000"), ("500 000", "500000"), ("500\u202f000.50", "500000.50"),
        ("1'250'000", "1250000"), ("\u2212400", "-400"), (" 0 ", "0"), ("12.5", "12.5"),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_and_paste_them(written: str, read: str) -> None:
    assert amount_of(written) == Decimal(read)


@pytest.mark.parametrize(
    "written",
    ["", "500.000", "1,5", "1,000 000", "50,00", "1e5", "€500", "(500)", "12.345", "٥", "1" * 50, "--5"],
)
def test_amounts_that_mean_two_things_are_refused(written: str) -> None:
    assert amount_of(written) is None


def test_a_first_draft_is_kept_without_script_and_half_filled(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage)
    assert typed["version"] == "0"
    assert "cost-training_and_change-4" in typed
    typed |= {"cost-build-0": "80 000", "benefit-1-description": "Fewer hours", "act": "save"}
    answer = client.post(at(triage), typed)
    assert answer.status_code == 302
    row = BusinessCase.objects.get(initiative=triage)
    assert (row.state, row.number) == ("draft", 1)
    assert CaseCost.objects.get(case=row, category="build").amounts == ["80000.00", None, None, None, None]
    assert CaseBenefit.objects.get(case=row).description == "Fewer hours"


def test_the_form_gives_back_exactly_what_was_saved(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    row = draft(triage, cast, worked(cast, make_kpi(triage)))
    client = signed_in("alice")
    typed = form_of(client, triage)
    assert typed["cost-build-0"] == "500,000"
    assert typed["scenario-conservative-haircut"] == "40"
    assert typed["benefit-1-attribution"] == "60"
    assert typed["do_nothing-1"] == "-40,000"
    assert client.post(at(triage), typed).status_code == 302
    row.refresh_from_db()
    assert row.version == 1  # the same again writes nothing


def test_what_cannot_be_read_names_its_field_and_keeps_what_was_typed(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    client = signed_in("alice")
    typed = form_of(client, triage) | {"cost-cloud-2": "1,5", "cost-build-0": "-3", "works": "140"}
    answer = client.post(at(triage), typed)
    text = text_of(answer)
    assert answer.status_code == 400
    assert 'href="#id_cost-cloud-2">Cloud, year 2: Write an amount as 500000' in text
    assert "Build, today: Write it without a minus" in text
    assert 'value="1,5"' in text
    assert BusinessCase.objects.get(initiative=triage).version == 1


def test_what_the_service_refuses_stands_at_its_field(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage) | {"starts_on": "2090-01-01", "rate": "5000"}
    answer = client.post(at(triage), typed)
    text = text_of(answer)
    assert answer.status_code == 400
    assert 'href="#id_starts_on"' in text
    assert 'href="#id_rate"' in text
    assert not BusinessCase.objects.exists()


def test_benefits_are_added_and_taken_away_by_buttons_that_save_nothing(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage) | {"benefit-1-description": "Fewer hours", "cost-build-0": "12,000"}
    more = text_of(client.post(at(triage), typed | {"act": "add"}))
    again = sent(more)
    assert again["lines"] == "1,2"
    assert again["benefit-1-description"] == "Fewer hours"
    assert again["cost-build-0"] == "12,000"
    assert "Not kept yet" in more
    less = sent(text_of(client.post(at(triage), again | {"act": "remove-1"})))
    assert less["lines"] == "2"
    assert "benefit-1-description" not in less
    assert not BusinessCase.objects.exists()


def test_another_horizon_gives_other_years(triage: Initiative, signed_in: SignIn) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage) | {"years": "2", "cost-build-0": "7", "act": "years"}
    again = sent(text_of(client.post(at(triage), typed)))
    assert "cost-build-2" in again
    assert "cost-build-3" not in again
    assert again["cost-build-0"] == "7"


def test_two_tabs_get_both_versions_and_nothing_typed_is_lost(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    client = signed_in("alice")
    typed = form_of(client, triage)
    theirs = worked(cast, costs=costs(450_000), people=Decimal(4))
    save_draft(initiative_id=triage.pk, draft=theirs, by=cast.actor("max"), at=AT)
    answer = client.post(at(triage), typed | {"cost-build-0": "480,000"})
    text = text_of(answer)
    assert answer.status_code == 412
    assert "Max saved a newer version" in text
    again = sent(text)
    assert again["cost-build-0"] == "480,000"  # mine stands in the form
    assert again["people"] == "4"  # and theirs where I changed nothing
    assert client.post(at(triage), again).status_code == 302
    row = BusinessCase.objects.get(initiative=triage)
    assert CaseCost.objects.get(case=row, category="build").amounts[0] == "480000.00"
    assert row.people == 4


def test_a_benefit_that_only_the_other_tab_added_comes_along(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    first = worked(cast)
    draft(triage, cast, worked(cast, benefits=first.benefits[:1]))
    client = signed_in("alice")
    typed = form_of(client, triage)
    save_draft(initiative_id=triage.pk, draft=_keyed(first), by=cast.actor("max"), at=AT)
    again = sent(text_of(client.post(at(triage), typed | {"cost-cloud-1": "9"})))
    assert again["lines"] == "1,2,3"
    assert again["benefit-2-description"] == "Less paid to outside assessors"
    assert again["benefit-2-2"] == "70,000"
    assert again["cost-cloud-1"] == "9"


def _keyed(written: CaseDraft) -> CaseDraft:
    first, *rest = written.benefits
    return replace(written, benefits=(replace(first, key=1), *rest))


def test_a_first_draft_written_in_two_tabs_is_a_conflict_too(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage)
    draft(triage, cast)
    answer = client.post(at(triage), typed | {"cost-build-0": "1"})
    assert answer.status_code == 412
    assert sent(text_of(answer))["cost-build-0"] == "1"


def test_the_next_version_begins_from_the_one_in_force(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    client = signed_in("alice")
    typed = form_of(client, triage)
    assert typed["version"] == "0"
    assert typed["cost-build-0"] == "500,000"
    assert client.post(at(triage), typed | {"cost-build-0": "450 000"}).status_code == 302
    assert list(BusinessCase.objects.filter(initiative=triage).values_list("number", "state")) == [
        (2, "draft"), (1, "published"),
    ]  # fmt: skip


# While typing


def test_the_figures_follow_what_is_typed_and_nothing_is_saved(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    client = signed_in("alice")
    typed = form_of(client, triage)
    text = text_of(client.post(at(triage, "edit/live/"), typed | {"cost-build-0": "400,000"}))
    assert "€263,834.44" in text
    assert "<html" not in text
    assert BusinessCase.objects.get(initiative=triage).version == 1


def test_figures_that_cannot_be_told_say_what_is_missing_and_what_cannot_be_read(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast, half_written())
    client = signed_in("alice")
    typed = form_of(client, triage)
    text = text_of(client.post(at(triage, "edit/live/"), typed))
    assert "Cannot be told yet" in text
    assert 'href="#id_cost-build-2"' in text
    text = text_of(client.post(at(triage, "edit/live/"), typed | {"cost-build-2": "lots"}))
    assert "1 field cannot be read" in text


def test_a_draft_keeps_itself_and_says_when(cast: Cast, triage: Initiative, signed_in: SignIn) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage)
    text = text_of(client.post(at(triage, "edit/keep/"), typed | {"cost-build-0": "5"}))
    assert "Draft kept" in text
    assert '<input type="hidden" name="version" value="1" id="id_version" hx-swap-oob="true">' in text
    text = text_of(
        client.post(at(triage, "edit/keep/"), typed | {"version": "1", "cost-build-0": "6", "act": "add"})
    )
    assert "Draft kept" in text
    row = BusinessCase.objects.get(initiative=triage)
    assert (row.version, CaseCost.objects.get(case=row, category="build").amounts[0]) == (2, "6.00")


def test_a_draft_that_cannot_be_kept_says_so_and_writes_nothing(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    client = signed_in("alice")
    typed = form_of(client, triage)
    text = text_of(client.post(at(triage, "edit/keep/"), typed | {"cost-build-0": "five"}))
    assert "Not kept yet: 1 thing to mend" in text
    save_draft(initiative_id=triage.pk, draft=worked(cast, costs=costs(1)), by=cast.actor("max"), at=AT)
    text = text_of(client.post(at(triage, "edit/keep/"), typed | {"cost-build-0": "5"}))
    assert "Max saved a newer version" in text
    assert CaseCost.objects.get(case__initiative=triage, category="build").amounts[0] == "1.00"


# Publishing and discarding


def test_a_draft_is_published_with_a_reason_and_stands(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    draft(triage, cast, worked(cast, costs=costs(450_000)))
    client = signed_in("alice")
    assert "Publish version 2" in text_of(client.get(at(triage, "publish/")))
    bare = client.post(at(triage, "publish/"), {"version": "1", "because": " "})
    assert bare.status_code == 400
    assert "Say what changed since the version in force" in text_of(bare)
    done = client.post(at(triage, "publish/"), {"version": "1", "because": "The vendor's offer came in."})
    assert done.status_code == 302
    assert BusinessCase.objects.get(initiative=triage, number=2).because == "The vendor's offer came in."


def test_a_draft_that_lacks_something_is_not_published_and_says_what(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast, half_written())
    answer = signed_in("alice").post(at(triage, "publish/"), {"version": "1"})
    text = text_of(answer)
    assert answer.status_code == 400
    assert "Not published" in text
    assert "Costs of cloud: nobody said" in text
    assert BusinessCase.objects.get(initiative=triage).state == "draft"


def test_a_draft_changed_after_it_was_looked_at_is_not_published(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    save_draft(initiative_id=triage.pk, draft=worked(cast, costs=costs(1)), by=cast.actor("max"), at=AT)
    client = signed_in("alice")
    answer = client.post(at(triage, "publish/"), {"version": "1"})
    assert answer.status_code == 409
    assert "Somebody saved the draft after you opened this page" in text_of(answer)
    assert 'name="version" value="2"' in text_of(answer)
    assert client.post(at(triage, "publish/"), {"version": "2"}).status_code == 302


def test_without_a_draft_there_is_nothing_to_publish(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    assert signed_in("alice").get(at(triage, "publish/")).status_code == 409


def test_a_draft_is_discarded_and_the_version_in_force_stands(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    published(triage, cast)
    draft(triage, cast, worked(cast, costs=costs(1)))
    client = signed_in("alice")
    assert "Version 1 stays in force" in text_of(client.get(at(triage, "discard/")))
    assert client.post(at(triage, "discard/")).status_code == 302
    assert [row.number for row in BusinessCase.objects.filter(initiative=triage)] == [1]


@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("dana", 403), ("vera", 403), ("charlie", 404)])
@pytest.mark.parametrize("where", ["edit/", "publish/", "discard/"])
def test_who_does_not_lead_it_writes_nothing_and_a_stranger_finds_nothing(
    where: str, person: str, status: int, cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast)
    client = signed_in(person)
    assert client.get(at(triage, where)).status_code == status
    assert client.post(at(triage, where), {"version": "1"}).status_code == status
    assert BusinessCase.objects.get(initiative=triage).state == "draft"


def test_a_save_that_meets_its_own_draft_kept_a_moment_ago_is_no_conflict(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    client = signed_in("alice")
    typed = form_of(client, triage) | {"cost-build-0": "5", "benefit-1-description": "Fewer hours"}
    client.post(at(triage, "edit/keep/"), typed)
    assert client.post(at(triage), typed).status_code == 302  # still with the version from before


def test_mid_year_is_asked_and_kept_through_draft_publishing_and_the_next_version(
    cast: Cast, triage: Initiative, signed_in: SignIn
) -> None:
    draft(triage, cast, worked(cast))
    client = signed_in("alice")
    assert "as the case asks" not in text_of(client.get(at(triage, "")))
    client.post(at(triage), form_of(client, triage) | {"mid_year": "on"})
    row = BusinessCase.objects.get(initiative=triage)
    assert row.mid_year
    publish_case(pk=row.pk, by=cast.actor("alice"), at=AT)
    assert "By mid-year flows, as the case asks: €196,235.43" in text_of(client.get(at(triage, "")))
    typed = form_of(client, triage)  # the next version begins as the last was
    assert typed["mid_year"] == "on"
    client.post(at(triage), {name: value for name, value in typed.items() if name != "mid_year"})
    assert not BusinessCase.objects.get(initiative=triage, state="draft").mid_year
    assert BusinessCase.objects.get(pk=row.pk).mid_year
    assert "at year ends alone" in text_of(client.get(at(triage, "compare/")))
