"""The memo: each sentence from the record, what is missing said so, and the recommendation a rule with its numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.finance.appraisal import Turn
from domain.finance.case import BenefitLine, BenefitType, Evidence
from domain.finance.release import Awaited
from domain.kpi_codes import Status
from domain.memo import Advice, memo_of
from domain.memo_document import Made, canonical, digest, document_of, fingerprint
from domain.memo_facts import FlagFacts, JudgedBy, MemoFacts, PilotFacts, TrancheFacts
from domain.memo_text import plain, say
from domain.money_words import money_exact
from tests.domain.memo_records import CONSERVATIVE, FULL, ON, case_facts, kpi_facts, memo, rows, said, worked

D = Decimal
MADE = Made("Max", datetime(2026, 11, 24, 14, 20, tzinfo=UTC))
BARE = MemoFacts(on=ON, ref="AI-0009", name="Nothing yet", unit="Retail", currency="EUR")


def test_the_worked_base_case_is_told_over_its_own_years_and_over_three() -> None:
    # By hand at 10 %: 109,090.91 + 181,818.18 + 195,341.85 - 500,000 over three years; 177,583.50 more in the fourth.
    told = said(memo(), "return")
    assert "Over its own 4\u00a0years at 10\u00a0% a year the NPV is €163,834.44." in told
    assert "Cut to 3 years it is −€13,749.06." in told
    assert "The outlay is back after 2.6\u00a0years." in told
    assert rows(memo(), "return")[0] == ("As written", "€163,834.44", "−€13,749.06", "after 2.6\u00a0years")


def test_the_projection_says_the_haircut_and_half_of_the_pilot_rate() -> None:
    told = said(memo(), "projection")
    assert "a haircut of 20\u00a0% off the benefits: €208,000 in that year, NPV €31,067.55." in told
    # Half of 663,834.44 less 500,000.
    assert (
        "At half of the pilot rate the NPV is −€168,082.78 and the outlay is not back within 4 years." in told
    )
    assert "The case breaks even at 75.3\u00a0% of the benefits." in told


@pytest.mark.parametrize("evidence", [Evidence.ESTIMATED, Evidence.ASSUMED])
def test_half_of_what_nobody_measured_is_no_half_of_a_pilot_rate(evidence: Evidence) -> None:
    (measured,) = worked().benefits
    guessed = replace(measured, evidence=evidence)
    for benefits in ((guessed,), (measured, guessed)):
        found = memo(case=case_facts(replace(worked(), benefits=benefits)))
        assert "With half of the benefits as written the NPV is" in said(found, "projection")
        assert rows(found, "return")[-1][0] == "Half of the benefits as written"
        assert "pilot rate" not in said(found, "projection")
    assert rows(memo(), "return")[-1][0] == "Half of the pilot rate"


def test_a_case_of_three_years_is_its_own_horizon_and_a_shorter_one_has_no_figure_over_three() -> None:
    assert "That is the horizon of 3 years." in said(memo(case=case_facts(worked(3))), "return")
    short = memo(case=case_facts(worked(2)))
    assert "It covers fewer than 3 years, so no figure over 3 years can be given." in said(short, "return")
    assert rows(short, "return")[0][2] == "cannot be told"


def test_costs_stand_in_the_nine_categories_and_in_all() -> None:
    found = rows(memo(), "investment")
    assert len(found) == 10
    assert found[0] == ("Build", "€500,000", "€0", "€500,000")
    assert found[-1] == ("In all", "€500,000", "€0", "€500,000")


def test_the_ask_is_the_first_tranche_that_waits() -> None:
    assert said(memo(), "ask").startswith(
        "This memo asks for the release of tranche 2, €420,000 for Claims triage (AI-0001, Retail)."
    )
    released = tuple(replace(one, released_on=ON) for one in FULL.tranches)
    assert "so this memo asks for no money" in said(memo(tranches=released), "ask")


def test_the_rollout_lists_the_tranches_in_order_with_gate_condition_and_state() -> None:
    found = rows(memo(tranches=FULL.tranches[::-1]), "rollout")
    assert found == [
        ("Tranche 1", "€80,000", "not said", "not said", "Released 20 May 2026"),
        ("Tranche 2", "€420,000", "G4", "Ten days or fewer", "Waits"),
    ]


def test_what_nobody_recorded_is_said_where_it_belongs() -> None:
    found = memo_of(BARE)
    assert "No money is approved on record for Nothing yet" in said(found, "ask")
    assert "No sponsor is on record. No lead is on record." in said(found, "ask")
    results = said(found, "results")
    assert "No pilot is on record." in results
    assert "What was spent on it was never recorded." in results
    assert "No primary KPI is on record" in results
    assert "No comparison with today's process is on record." in results
    for key in ("projection", "investment", "return"):
        assert said(found, key) == "No business case is published, so this cannot be said."
    assert "No tranche is on record, so no phase can be shown." in said(found, "rollout")
    assert "0" not in "".join(said(found, one.key).replace("AI-0009", "") for one in found.sections)


def test_a_comparison_nobody_looked_at_is_no_comparison() -> None:
    unseen = replace(FULL.comparisons[0], sentence="")
    assert "No comparison with today's process is on record." in said(memo(comparisons=(unseen,)), "results")
    assert "The challenger does better." in said(memo(), "results")


def test_the_record_speaks_for_the_release_with_the_numbers_it_used() -> None:
    found = memo().recommendation
    assert (found.advice, found.tranche) == (Advice.RELEASE, 2)
    assert plain(found.head) == "Recommendation: release tranche 2, €420,000."
    assert {name: part.text for name, part in found.numbers} == {
        "NPV as written": "€163,834.44", "NPV after the haircut": "€31,067.55", "NPV over 3 years": "−€13,749.06",
        "Primary KPIs off track or missed": "0 of 1", "Primary KPIs nobody can tell of": "0 of 1",
        "Level of the pilot": "Healthy", "Tranche 2": "€420,000",
    }  # fmt: skip
    assert "Throughline proposes, people decide" in said(memo(), "recommendation")


@pytest.mark.parametrize(("changed", "missing"), [
    ({"case": None}, "a published business case"),
    ({"case": case_facts(worked(), Turn(name="worst", haircut=D("0.4")))}, "a conservative scenario with its haircut"),
    ({"kpis": ()}, "a primary KPI"),
    ({"kpis": (kpi_facts(status=Status.STALE, word="Stale"),)}, "a reading of K-0007 that can be judged"),
    ({"kpis": (kpi_facts(status=Status.NOT_STARTED, word="Not started", value=None),)}, "a reading of K-0007 that can be judged"),
    ({"tranches": ()}, "a tranche that waits to be released"),
])  # fmt: skip
def test_what_is_missing_forbids_a_recommendation_and_is_named(changed: dict[str, Any], missing: str) -> None:
    found = memo(**changed).recommendation
    assert (found.advice, found.missing, found.tranche) == (Advice.NONE, (missing,), None)
    assert missing in plain(found.head)


@pytest.mark.parametrize(("changed", "reason"), [
    ({"kpis": (kpi_facts(status=Status.OFF_TRACK, word="Off track"),)}, "K-0007 Days to a decision is off track."),
    ({"kpis": (kpi_facts(status=Status.MISSED, word="Missed"),)}, "K-0007 Days to a decision is missed."),
    ({"case": case_facts(worked(), replace(CONSERVATIVE, haircut=D("0.3")))}, "After its own haircut the case is worth −€35,315.89."),
    ({"comparisons": (replace(FULL.comparisons[0], against=True),)}, "By “Rules or model” on K-0007 what is done today does better."),
    ({"pilot": PilotFacts(ref="P-0001", level="Purgatory", remedy="Pivot", stuck=True, has_owner=True)}, "The pilot stands in purgatory; its rules propose: Pivot."),
])  # fmt: skip
def test_what_speaks_against_it_holds_the_tranche(changed: dict[str, Any], reason: str) -> None:
    found = memo(**changed).recommendation
    assert (found.advice, found.tranche) == (Advice.HOLD, 2)
    assert [plain(one) for one in found.reasons] == [reason]


def waiting_for(status: Status) -> tuple[TrancheFacts, ...]:
    awaited = Awaited(
        ref="K-0009", name="Reopened claims", status=status, reason="", as_of=ON, sentence="It stands at 9.", clears="A reading.",
    )  # fmt: skip
    return FULL.tranches[0], replace(FULL.tranches[1], awaited=awaited)


@pytest.mark.parametrize(("status", "advice"), [
    (Status.OFF_TRACK, Advice.HOLD), (Status.MISSED, Advice.HOLD), (Status.STALE, Advice.NONE), (Status.NO_DATA, Advice.NONE),
    (Status.AT_RISK, Advice.RELEASE), (Status.ACHIEVED, Advice.RELEASE),
])  # fmt: skip
def test_the_kpi_a_tranche_waits_for_speaks_as_it_does_when_the_money_is_asked_for(
    status: Status, advice: Advice
) -> None:
    assert memo(tranches=waiting_for(status)).recommendation.advice is advice


def test_the_kpi_a_tranche_waits_for_is_named() -> None:
    held = memo(tranches=waiting_for(Status.OFF_TRACK)).recommendation
    assert [plain(one) for one in held.reasons] == [
        "Tranche 2 waits for K-0009 Reopened claims, which is off track."
    ]
    assert memo(tranches=waiting_for(Status.STALE)).recommendation.missing == (
        "a reading of K-0009 that can be judged",
    )


def test_the_kpi_a_tranche_waits_for_is_among_the_numbers_and_opens_itself() -> None:
    first, second = waiting_for(Status.OFF_TRACK)
    second = replace(second, judged_by=JudgedBy(9, 3, "ab" * 32))
    found = memo(tranches=(first, second))
    numbers = dict(found.recommendation.numbers)
    word = numbers["K-0009, which tranche 2 waits for"]
    assert (word.text, word.source) == ("Off track", "kpi:9")
    (reason,) = found.recommendation.reasons
    assert "kpi:9" in {part.source for part in reason}
    document = document_of(replace(FULL, tranches=(first, second)), found, MADE)
    assert document["stands_on"][-1] == {
        "what": "Reopened claims", "ref": "K-0009", "version": 3, "seal": "ab" * 32, "source": "kpi:9",
    }  # fmt: skip


def test_a_primary_kpi_a_tranche_waits_for_is_named_once_as_what_the_memo_stands_on() -> None:
    first, second = waiting_for(Status.ON_TRACK)
    facts = replace(FULL, tranches=(first, replace(second, judged_by=JudgedBy(7, 1))))
    refs = [one["ref"] for one in document_of(facts, memo_of(facts), MADE)["stands_on"]]
    assert refs == ["BC-0002", "K-0007"]


HELD = (FULL.tranches[0], replace(FULL.tranches[1], held="The audit is open"))


def test_a_hold_on_record_is_recommended_in_the_words_of_who_decided_it() -> None:
    found = memo(tranches=HELD)
    assert (found.recommendation.advice, found.recommendation.tranche) == (Advice.HOLD, 2)
    assert [plain(one) for one in found.recommendation.reasons] == [
        "Tranche 2 was held on record: The audit is open."
    ]
    assert [row[4] for row in rows(found, "rollout")] == ["Released 20 May 2026", "Held"]


@pytest.mark.parametrize(("because", "end"), [
    ("Frozen.", "record: Frozen."), ("Why now?", "record: Why now?"), ("{npv}\nno", "record: {npv} no."),
])  # fmt: skip
def test_what_was_said_of_a_hold_is_quoted_as_one_sentence(because: str, end: str) -> None:
    found = memo(tranches=(HELD[0], replace(HELD[1], held=because)))
    assert plain(found.recommendation.reasons[0]).endswith(end)


def test_a_hold_stands_where_facts_are_missing_and_they_are_named_beside_it() -> None:
    found = memo(tranches=HELD, case=None).recommendation
    assert (found.advice, found.missing) == (Advice.HOLD, ("a published business case",))
    assert plain(found.reasons[-1]) == "What is missing: a published business case."


def test_a_case_that_loses_money_speaks_for_stopping_also_of_a_held_tranche() -> None:
    found = memo(tranches=HELD, case=case_facts(replace(worked(), rate=D("0.30")))).recommendation
    assert found.advice is Advice.STOP
    assert plain(found.reasons[-1]) == "Tranche 2 was held on record: The audit is open."


def test_a_hold_of_a_later_tranche_does_not_hold_the_next_one() -> None:
    later = replace(HELD[1], number=3)
    assert memo(tranches=(*FULL.tranches, later)).recommendation.advice is Advice.RELEASE


def test_a_later_comparison_of_the_same_kpi_speaks_for_itself() -> None:
    earlier, later = replace(FULL.comparisons[0], against=True), replace(FULL.comparisons[0], key=4)
    assert memo(comparisons=(later, earlier)).recommendation.advice is Advice.RELEASE
    assert memo(comparisons=(earlier, later)).recommendation.advice is Advice.HOLD


def test_a_case_that_loses_money_as_written_speaks_for_stopping_even_where_facts_are_missing() -> None:
    poor = replace(worked(), rate=D("0.30"))
    found = memo(case=case_facts(poor), kpis=()).recommendation
    assert found.advice is Advice.STOP
    assert "The case loses money as written" in plain(found.reasons[0])


def test_a_pilot_whose_rules_propose_to_stop_speaks_for_stopping() -> None:
    pilot = PilotFacts(ref="P-0001", level="Purgatory", remedy="Stop", stuck=True, stops=True, has_owner=True)
    assert memo(pilot=pilot).recommendation.advice is Advice.STOP


def test_risks_come_from_the_widest_factor_kpis_the_pilot_and_open_findings() -> None:
    flags = tuple(
        FlagFacts(rule=f"R0{n}", about="Pilot", severity=3, sentence=f"Finding {n}.", clears_when="A decision") for n in range(1, 7)
    )  # fmt: skip
    mild = FlagFacts(rule="R09", about="Pilot", severity=1, sentence="Mild.")
    pilot = PilotFacts(ref="P-0001", began_on=date(2026, 6, 1), level="Watch", has_owner=False)
    found = rows(memo(flags=(*flags, mild), pilot=pilot, kpis=(kpi_facts(status=Status.OFF_TRACK, word="Off track"),)), "risks")  # fmt: skip
    assert found[0][:2] == ("Widest factor: less benefit than planned", "NPV from €31,067.55 to €296,601.33")
    assert ("Owner for production", "There is none", "Name one before the release") in found
    assert any(row[0].startswith("K-0007") and row[1] == "Off track" for row in found)
    assert ("Pilot, R01", "Finding 1.", "A decision") in found
    assert ("More findings", "2 more are open", "See the flags") in found
    assert not any("Mild" in row[1] for row in found)


def test_a_case_that_loses_less_when_it_is_late_does_not_call_that_the_risk() -> None:
    case = worked()
    dear = tuple(replace(one, amounts=(D(0), *[D(900_000)] * 4)) for one in case.costs[1:2])
    case = replace(case, costs=(*case.costs[:1], *dear, *case.costs[2:]))
    risk, npv, remedy = rows(memo(case=case_facts(case)), "risks")[0]
    assert risk == "Widest factor: a start as planned: a later one is worth more"
    assert npv.startswith(f"NPV from {money_exact(case.npv(), 'EUR')} to ")
    assert remedy == "Say in the case why it starts now"


def test_an_owner_nobody_spoke_of_is_a_risk_that_says_so() -> None:
    pilot = replace(FULL.pilot or PilotFacts(ref=""), has_owner=None)
    assert (
        "Owner for production",
        "Nobody recorded whether there is one",
        "Name one before the release",
    ) in rows(memo(pilot=pilot), "risks")


def test_two_verdicts_of_one_kpi_stand_among_the_risks() -> None:
    kpi = kpi_facts(heads=("Met as amended", "Missed as sealed"))
    assert any("Met as amended, missed as sealed" in row[1] for row in rows(memo(kpis=(kpi,)), "risks"))


def test_benefits_without_money_stand_apart() -> None:
    apart = BenefitLine(
        description="Fairer decisions", type=BenefitType.NON_CASHABLE, evidence=Evidence.ASSUMED, owner="Ann"
    )
    case = replace(worked(), benefits=(*worked().benefits, apart))
    found = memo(case=case_facts(case))
    assert "Beside the money, and in no sum: Fairer decisions." in said(found, "recommendation")
    assert "€163,834.44" in said(found, "return")


def test_a_tranche_that_was_returned_does_not_wait() -> None:
    gone = replace(FULL.tranches[1], returned_on=ON)
    assert memo(tranches=(FULL.tranches[0], gone)).recommendation.advice is Advice.NONE
    assert rows(memo(tranches=(gone,)), "rollout")[0][4] == "Returned 24 Nov 2026"


def test_what_people_wrote_is_never_read_as_words_of_the_memo() -> None:
    found = memo(name="{npv} {0} %s {{", kpis=(kpi_facts(name="{word}"),))
    assert "for {npv} {0} %s {{ (AI-0001, Retail)" in said(found, "ask")
    assert "{word} stood at 12 days" in said(found, "results")
    assert plain(say("a {b} c", b="{d}")) == "a {d} c"


def test_its_length_is_that_of_a_memo() -> None:
    assert 220 <= memo().words <= 550


def test_each_figure_names_the_rows_it_comes_from() -> None:
    found = {part.source for one in memo().sections for sentence in one.sentences for part in sentence}
    assert {"case", "money", "kpi:7", "comparison:3", "pilot"} <= found


def test_the_document_is_the_same_for_the_same_record_and_names_what_it_stands_on() -> None:
    first = document_of(FULL, memo(), Made("Max", datetime(2026, 11, 24, 14, 20, tzinfo=UTC)))
    later = document_of(FULL, memo(), Made("Edith", datetime(2026, 11, 25, tzinfo=UTC)))
    assert digest(canonical(first)) != digest(canonical(later))
    assert fingerprint(first) == fingerprint(later)
    assert fingerprint(document_of(FULL, memo(spent=D(77_000)), Made("Max", datetime(2026, 11, 24, tzinfo=UTC)))) != fingerprint(first)  # fmt: skip
    assert first["stands_on"][0] == {
        "what": "Business case 2, published", "ref": "BC-0002", "version": 2, "seal": "5f" * 32, "source": "case",
    }  # fmt: skip
    assert first["figures"]["as_written"] == {
        "npv": "163834.44", "npv_three_years": "-13749.06", "payback_years": "2.615385", "payback_note": "recovered",
        "last_year_benefits": "260000.00",
    }  # fmt: skip
    assert (
        document_of(BARE, memo_of(BARE), Made("Max", datetime(2026, 11, 24, tzinfo=UTC)))["figures"] is None
    )


def test_a_tranche_alone_is_one_phase() -> None:
    one = TrancheFacts(number=1, amount=D(10), approved_on=ON)
    assert "The money comes in one tranche;" in said(memo(tranches=(one,)), "rollout")
