"""Cases: drafts that may be incomplete, versions that stand, and what is refused of them."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Max, Model

from core.access import system
from core.errors import Problem
from core.models import AuditEvent
from domain.finance.case import CostCategory
from funding.models import BusinessCase, CaseBenefit, CaseCitation, CaseCost, CaseScenario
from funding.queries.cases import in_force, lines_of
from funding.queries.document import seal_holds
from funding.services.cases import cite_case, discard_draft, publish_case, save_draft
from funding.services.draft import BenefitDraft, CaseDraft, CostDraft, draft_from
from funding.translate import appraisal_of
from portfolio.models import CaseWorth, Initiative, UnitChange
from tests.cast import AT, Cast
from tests.funding.build import SCENARIOS, amounts, benefit, costs, published, with_benefit, worked
from tests.kpis.build import claims_triage
from tests.portfolio.test_initiatives import refused

pytestmark = pytest.mark.django_db
EMPTY = CaseDraft(starts_on=date(2027, 1, 1), years=4, rate=Decimal("0.10"))


@pytest.fixture
def row(cast: Cast) -> Initiative:
    return claims_triage(cast)


def pointed(found: pytest.ExceptionInfo[Problem]) -> set[str]:
    return {item.pointer for item in found.value.items}


def save(row: Initiative, draft: CaseDraft, cast: Cast, who: str = "alice", **more: Any) -> BusinessCase:
    return save_draft(initiative_id=row.pk, draft=draft, by=cast.actor(who), at=AT, **more)


def count() -> list[int]:
    models: list[type[Model]] = [BusinessCase, CaseCost, CaseBenefit, CaseScenario, AuditEvent]
    return [model._default_manager.count() for model in models]


class TestDrafts:
    def test_a_draft_may_say_next_to_nothing(self, cast: Cast, row: Initiative) -> None:
        case = save(row, EMPTY, cast)
        assert (case.number, case.state, case.version, case.currency) == (1, "draft", 1, "EUR")
        assert draft_from(lines_of(case)) == replace(EMPTY, currency="EUR")

    def test_what_was_written_comes_back_as_it_was_written(self, cast: Cast, row: Initiative) -> None:
        said = worked(
            cast.bob.pk,
            costs=(CostDraft(category="build", amounts=amounts(1, None, "2.50", 0, 0), note="🧮"),),
        )
        case = save(row, said, cast)
        case.refresh_from_db()
        back = draft_from(lines_of(case))
        assert back.costs == said.costs
        assert back.scenarios == said.scenarios
        assert back.benefits == (replace(said.benefits[0], key=1),)

    def test_saving_again_replaces_the_lines_and_the_same_again_writes_nothing(
        self, cast: Cast, row: Initiative
    ) -> None:
        save(row, worked(cast.alice.pk), cast)
        case = save(row, EMPTY, cast)
        assert (case.version, count()[:4]) == (2, [1, 0, 0, 0])
        before = count()
        assert save(row, EMPTY, cast).version == 2
        assert count() == before

    def test_one_who_read_an_older_draft_does_not_overwrite_it(self, cast: Cast, row: Initiative) -> None:
        with refused(412):
            save(row, EMPTY, cast, expected_version=1)
        save(row, EMPTY, cast, expected_version=0)
        with refused(409, "draft_exists"):
            save(row, EMPTY, cast, expected_version=0)
        save(row, replace(EMPTY, years=5), cast, expected_version=1)
        with refused(412, "stale_version"):
            save(row, EMPTY, cast, expected_version=1)

    def test_only_who_records_money_writes_it(self, cast: Cast, row: Initiative) -> None:
        for name, status in {"bob": 403, "dana": 403, "vera": 403, "charlie": 404, "nobody": 404}.items():
            with refused(status):
                save(row, EMPTY, cast, who=name)
        save(row, EMPTY, cast, who="max")

    def test_a_benefit_keeps_its_key_and_a_new_one_takes_the_next(self, cast: Cast, row: Initiative) -> None:
        published(
            row,
            worked(
                cast.alice.pk,
                benefits=(benefit(0, 1, 1, 1, 1, owner=cast.alice.pk), benefit(owner=cast.bob.pk)),
            ),
        )
        first, second = draft_from(lines_of(BusinessCase.objects.get())).benefits
        assert (first.key, second.key) == (1, 2)
        kept = worked(cast.alice.pk, benefits=(BenefitDraft(description="New"), second))
        case = save(row, kept, cast)
        assert sorted(CaseBenefit.objects.filter(case=case).values_list("key", "description")) == [
            (2, "Fewer handling hours"), (3, "New"),
        ]  # fmt: skip
        save(row, kept, cast)  # no number is used up by saving
        assert CaseBenefit.objects.filter(case=case).aggregate(n=Max("key"))["n"] == 3
        with refused(400, "unknown_key"):
            save(row, worked(None, benefits=(BenefitDraft(key=9),)), cast)
        with refused(400, "unknown_key"):
            save(row, worked(None, benefits=(first, first)), cast)

    def test_a_discarded_draft_is_gone_but_for_the_log(self, cast: Cast, row: Initiative) -> None:
        case = save(row, worked(cast.alice.pk), cast)
        discard_draft(pk=case.pk, by=cast.actor("alice"), at=AT)
        assert count()[:4] == [0, 0, 0, 0]
        event = AuditEvent.objects.get(action="case.discarded")
        assert len(event.before["costs"]) == 9
        assert save(row, EMPTY, cast).number == 1


WRONG: dict[str, tuple[CaseDraft, str]] = {
    "no horizon": (replace(EMPTY, years=0), "/years"),
    "eleven years": (replace(EMPTY, years=11), "/years"),
    "before 1990": (replace(EMPTY, starts_on=date(1989, 12, 31)), "/starts_on"),
    "too far ahead": (replace(EMPTY, starts_on=date(2037, 1, 1)), "/starts_on"),
    "a rate of 1e30": (replace(EMPTY, rate=Decimal("1e30")), "/rate"),
    "a rate of NaN": (replace(EMPTY, rate=Decimal("NaN")), "/rate"),
    "a rate that loses all": (replace(EMPTY, rate=Decimal(-1)), "/rate"),
    "a spread below -99 %": (replace(EMPTY, rate=Decimal("-0.98"), spread_rate=Decimal("0.04")), "/spread_rate"),
    "seven places": (replace(EMPTY, rate=Decimal("0.1000001")), "/rate"),
    "dollars": (replace(EMPTY, currency="USD"), "/currency"),
    "a spread above 1": (replace(EMPTY, spread_benefits=Decimal("1.01")), "/spread_benefits"),
    "half a person of a half": (replace(EMPTY, people=Decimal("1.25")), "/people"),
    "prices of nobody": (replace(EMPTY, prices="future"), "/prices"),
    "flows of other years": (replace(EMPTY, do_nothing=amounts(0, 1)), "/do_nothing"),
    "an infinite flow": (replace(EMPTY, if_stopped=amounts("Infinity", 0, 0, 0, 0)), "/if_stopped/0"),
    "an unknown category": (replace(EMPTY, costs=(CostDraft(category="party"),)), "/costs/0/category"),
    "a category twice": (replace(EMPTY, costs=(CostDraft(category="build"),) * 2), "/costs/1/category"),
    "amounts of other years": (
        replace(EMPTY, costs=(CostDraft(category="build", amounts=amounts(1, 2)),)), "/costs/0/amounts",
    ),
    "1e30": (
        replace(EMPTY, costs=(CostDraft(category="build", amounts=amounts("1e30", 0, 0, 0, 0)),)), "/costs/0/amounts/0",
    ),
    "NaN": (replace(EMPTY, benefits=(benefit("NaN", 0, 0, 0, 0),)), "/benefits/0/amounts/0"),
    "three decimals": (replace(EMPTY, benefits=(benefit(0, "0.001", 0, 0, 0),)), "/benefits/0/amounts/1"),
    "a negative cost": (
        replace(EMPTY, costs=(CostDraft(category="build", amounts=amounts(0, -1, 0, 0, 0)),)), "/costs/0/amounts/1",
    ),
    "another currency in a line": (replace(EMPTY, costs=(CostDraft(category="build", currency="GBP"),)), "/costs/0/currency"),
    "an attribution above 1": (replace(EMPTY, benefits=(BenefitDraft(attribution=Decimal("1.1")),)), "/benefits/0/attribution"),
    "nobody of that number": (replace(EMPTY, benefits=(BenefitDraft(owner_id=999_999),)), "/benefits/0/owner"),
    "no KPI of that number": (replace(EMPTY, benefits=(BenefitDraft(kpi_id=999_999),)), "/benefits/0/kpi"),
    "a kind nobody knows": (replace(EMPTY, benefits=(BenefitDraft(type="luck"),)), "/benefits/0/type"),
    "a NUL": (replace(EMPTY, benefits=(BenefitDraft(description="a\x00b"),)), "/benefits/0/description"),
    "a haircut above all": (
        replace(EMPTY, scenarios=(replace(SCENARIOS[0], haircut=Decimal("1.01")),)), "/scenarios/0/haircut",
    ),
    "a scenario twice": (replace(EMPTY, scenarios=(SCENARIOS[0],) * 2), "/scenarios/1/name"),
    "a probability above 1": (
        replace(EMPTY, scenarios=(replace(SCENARIOS[0], probability=Decimal(2)),)), "/scenarios/0/probability",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_draft_that_cannot_be_right_is_refused_at_its_place(cast: Cast, row: Initiative, name: str) -> None:
    draft, pointer = WRONG[name]
    before = count()
    with pytest.raises(Problem) as found:
        save(row, draft, cast)
    assert found.value.status == 400
    assert pointer in pointed(found)
    assert count() == before


def test_all_that_is_wrong_is_heard_at_once(cast: Cast, row: Initiative) -> None:
    wrong = replace(EMPTY, rate=Decimal(99), currency="USD", benefits=(BenefitDraft(type="luck"),))
    with pytest.raises(Problem) as found:
        save(row, wrong, cast)
    assert pointed(found) == {"/rate", "/currency", "/benefits/0/type"}


def test_another_currency_says_what_it_would_need(cast: Cast, row: Initiative) -> None:
    with pytest.raises(Problem, match="needs a rate and its day, which nobody recorded"):
        save(row, replace(EMPTY, currency="USD"), cast)


def blank(category: str) -> tuple[CostDraft, ...]:
    return tuple(one for one in costs() if one.category != category)


def with_scenarios(*odds: str | None) -> CaseDraft:
    said = (None if one is None else Decimal(one) for one in odds)
    return worked(
        None, scenarios=tuple(replace(one, probability=p) for one, p in zip(SCENARIOS, said, strict=True))
    )


INCOMPLETE: dict[str, tuple[CaseDraft, str]] = {
    "no costs": (worked(None, costs=()), "/costs"),
    **{f"no {one.value}": (worked(None, costs=blank(one.value)), "/costs") for one in CostCategory},
    "a blank amount": (worked(None, costs=costs(cloud=(0, 0, None, 0, 0))), "/costs/3/amounts/2"),
    "a category without amounts": (
        worked(None, costs=(*blank("build"), CostDraft(category="build"))), "/costs/8/amounts",
    ),
    "a benefit without a description": (with_benefit(worked(None), description=" "), "/benefits/0/description"),
    "a benefit without a type": (with_benefit(worked(None), type=""), "/benefits/0/type"),
    "a benefit without evidence": (with_benefit(worked(None), evidence=""), "/benefits/0/evidence"),
    "probabilities above 1": (with_scenarios("0.5", "0.5", "0.1"), "/scenarios"),
    "probabilities below 1": (with_scenarios("0.3333", "0.3333", "0.3333"), "/scenarios"),
    "one scenario without": (with_scenarios("0.5", None, "0.5"), "/scenarios/1/probability"),
    "a blank year of doing nothing": (worked(None, do_nothing=amounts(0, None, 0, 0, 0)), "/do_nothing/1"),
    "stages half said": (worked(None, works=Decimal("0.4")), "/if_stopped"),
    "a gain of today": (worked(None, benefits=(benefit(9, 0, 0, 0, 0),)), "/benefits/0/amounts/0"),
}  # fmt: skip


@pytest.mark.parametrize("name", INCOMPLETE)
def test_a_draft_may_lack_it_and_a_version_may_not(cast: Cast, row: Initiative, name: str) -> None:
    draft, pointer = INCOMPLETE[name]
    owned = replace(draft, benefits=tuple(replace(one, owner_id=cast.alice.pk) for one in draft.benefits))
    case = save(row, owned, cast)
    before = count()
    with pytest.raises(Problem) as found:
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    assert (found.value.status, pointed(found)) == (400, {pointer})
    case.refresh_from_db()
    assert (case.state, case.seal, count(), CaseWorth.objects.count()) == ("draft", "", before, 0)


class TestPublishing:
    def test_a_version_is_sealed_and_says_what_it_is_worth(self, cast: Cast, row: Initiative) -> None:
        case = save(row, worked(cast.alice.pk, people=Decimal("2.5")), cast)
        UnitChange.objects.all().delete()
        publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
        case.refresh_from_db()
        assert (case.state, case.published_at, case.published_by_id) == ("published", AT, cast.alice.pk)
        assert len(case.seal) == 64
        assert seal_holds(lines_of(case))
        worth = CaseWorth.objects.get(initiative=row)
        assert (worth.npv, worth.value) == (Decimal("163834.44"), Decimal("-234772.22"))
        assert (worth.haircut, worth.rate, worth.years) == (Decimal("0.4"), Decimal("0.10"), 4)
        assert [worth.outlay, worth.cost, worth.a_year] == [500_000, 500_000, 260_000]
        assert (worth.payback_years, worth.breaks_even) == (Decimal("2.615385"), Decimal("0.753200"))
        assert (worth.delay_a_month, worth.measured_share) == (Decimal("21666.67"), Decimal(1))
        assert (worth.people, worth.case_ref, worth.case_number) == (Decimal("2.5"), case.ref, 1)
        assert UnitChange.objects.filter(unit=row.unit_id).exists()
        row.refresh_from_db()
        assert row.planned_value is None

    def test_without_a_conservative_scenario_the_value_is_not_adjusted(
        self, cast: Cast, row: Initiative
    ) -> None:
        published(row, worked(cast.alice.pk, scenarios=()))
        worth = CaseWorth.objects.get(initiative=row)
        assert (worth.value, worth.haircut) == (worth.npv, None)

    def test_what_is_not_measured_is_no_part_of_the_measured_share(self, cast: Cast, row: Initiative) -> None:
        lines = (
            benefit(0, 100, 0, 0, 0, owner=cast.alice.pk, evidence="before_after"),
            benefit(0, 300, 0, 0, 0, owner=cast.alice.pk, evidence="assumed"),
            benefit(0, 900, 0, 0, 0, owner=cast.alice.pk, type="dis_benefit"),
        )
        published(row, worked(cast.alice.pk, benefits=lines))
        assert CaseWorth.objects.get(initiative=row).measured_share == Decimal("0.25")

    def test_without_money_coming_in_the_measured_share_is_unknown(self, cast: Cast, row: Initiative) -> None:
        published(row, worked(cast.alice.pk, benefits=(benefit(owner=cast.alice.pk),)))
        worth = CaseWorth.objects.get(initiative=row)
        assert (worth.measured_share, worth.breaks_even, worth.npv) == (None, None, Decimal(-500_000))

    def test_benefits_without_money_change_no_figure(self, cast: Cast, row: Initiative) -> None:
        plain = appraisal_of(lines_of(published(row))).measures
        extra = (*worked(cast.alice.pk).benefits, benefit(owner=cast.alice.pk, description="Trust"))
        more = published(row, worked(cast.alice.pk, benefits=extra), because="Trust is named")
        assert appraisal_of(lines_of(more)).measures == plain

    def test_the_second_version_says_why_and_takes_the_place_of_the_first(
        self, cast: Cast, row: Initiative
    ) -> None:
        first = published(row)
        draft = replace(draft_from(lines_of(first)), starts_on=date(1990, 1, 1))
        case = save(row, draft, cast)
        with refused(400, "required"):
            publish_case(pk=case.pk, because=" ", by=cast.actor("alice"), at=AT)
        publish_case(pk=case.pk, because="It began earlier 🕰", by=cast.actor("alice"), at=AT)
        assert [one.number for one in in_force([row.pk])] == [2]
        assert CaseWorth.objects.get(initiative=row).case_number == 2
        first.refresh_from_db()
        assert seal_holds(lines_of(first))

    def test_a_published_version_is_not_published_discarded_or_saved_again(
        self, cast: Cast, row: Initiative
    ) -> None:
        case = published(row)
        with refused(409, "published"):
            publish_case(pk=case.pk, because="Again", by=cast.actor("alice"), at=AT)
        with refused(409, "published"):
            discard_draft(pk=case.pk, by=cast.actor("alice"), at=AT)
        assert save(row, EMPTY, cast).pk != case.pk

    def test_an_older_draft_is_not_published(self, cast: Cast, row: Initiative) -> None:
        case = save(row, worked(cast.alice.pk), cast)
        with refused(412):
            publish_case(pk=case.pk, by=cast.actor("alice"), at=AT, expected_version=7)

    def test_only_who_records_money_publishes(self, cast: Cast, row: Initiative) -> None:
        case = save(row, worked(cast.alice.pk), cast)
        for name, status in {"bob": 403, "dana": 403, "charlie": 404}.items():
            with refused(status):
                publish_case(pk=case.pk, by=cast.actor(name), at=AT)

    @pytest.mark.parametrize("left", [True, False])
    def test_somebody_active_answers_for_each_benefit(self, cast: Cast, row: Initiative, left: bool) -> None:
        case = save(row, worked(cast.bob.pk if left else None), cast)
        cast.bob.is_active = False
        cast.bob.save()
        with pytest.raises(Problem) as found:
            publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
        assert pointed(found) == {"/benefits/0/owner"}

    def test_figures_that_nobody_can_read_are_refused(self, cast: Cast, row: Initiative) -> None:
        draft = worked(cast.alice.pk, rate=Decimal("-0.99"), spread_rate=Decimal(0), benefits=(
            benefit(0, 0, 0, 0, 10**14, owner=cast.alice.pk),
        ))  # fmt: skip
        case = save(row, draft, cast)
        with refused(400, "figures_too_large"):
            publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)


class TestCitations:
    def test_a_citation_is_a_row_said_once(self, cast: Cast, row: Initiative) -> None:
        case = published(row)
        first = cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("max"), at=AT)
        assert cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("max"), at=AT) == first
        assert CaseCitation.objects.count() == AuditEvent.objects.filter(action="case.cited").count() == 1

    def test_a_draft_is_not_cited_and_a_hidden_case_is_not_known(self, cast: Cast, row: Initiative) -> None:
        case = save(row, EMPTY, cast)
        with refused(409, "not_published"):
            cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("max"), at=AT)
        with refused(404):
            cite_case(case_id=case.pk, cited_by="gate", ref="G4", by=cast.actor("charlie"), at=AT)
        with refused(400, "required"):
            cite_case(case_id=case.pk, cited_by="", ref="G4", by=system(), at=AT)


def test_every_write_is_in_the_log(cast: Cast, row: Initiative) -> None:
    case = save(row, EMPTY, cast)
    save(row, worked(cast.alice.pk), cast)
    publish_case(pk=case.pk, by=cast.actor("alice"), at=AT)
    cite_case(case_id=case.pk, cited_by="memo", ref="1", by=cast.actor("alice"), at=AT)
    events = AuditEvent.objects.filter(initiative_id=row.pk, object_type="businesscase").order_by("pk")
    assert [one.action for one in events] == ["case.begun", "case.changed", "case.published", "case.cited"]
    assert events[2].after["document"]["rate"] == "0.100000"
    assert events[2].after["seal"] == BusinessCase.objects.get().seal
