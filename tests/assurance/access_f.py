"""Who may do what with the life of a model.

claims: a model of mona's that serves an initiative alice leads and bob works on. cards: one without an owner; charlie leads what it
serves, ursula the unit above. What waits for an answer hangs on a second model beside it. Nobody of the cast is a validator.
"""

from datetime import timedelta
from typing import Any

from assurance.models import (
    Attestation,
    AttestationRound,
    ChangeRequest,
    EthicsReview,
    FallbackTest,
    Incident,
    ModelException,
    ModelFinding,
    Retirement,
    RiskAssessment,
    Validation,
)
from governance.models import AiModel
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.governance.stored import initiative, reviewer, sound_model

SEES = {
    "claims": f"200: alice bob mona vera {WIDE}; 404: charlie ursula",
    "cards": f"200: charlie ursula {WIDE}; 404: alice bob mona vera",
}
MAY = {"claims": ("mona max", "ursula"), "cards": ("ursula max", "mona")}
OUT = {"claims": "charlie ursula", "cards": "alice bob mona vera"}
HOLDERS = "max mona ursula"
SOON = (TODAY + timedelta(days=20)).isoformat()
DAY = TODAY.isoformat()
MOMENT = "2026-11-24T14:00:00Z"


def furnish(world: World) -> None:
    """In claims and in cards: a model and one beside it, with one record of each kind."""
    cast = world.cast
    rita = reviewer(cast, "rosalind")
    asked = AttestationRound.objects.create(
        question="True?", due_on=TODAY + timedelta(days=9), asked=2, opened_by=cast.max, opened_at=AT
    )
    for at, lead, owner, asks in (
        ("claims", cast.alice, cast.mona, cast.mona),
        ("cards", cast.charlie, None, cast.ursula),
    ):
        unit = getattr(cast, at)
        goal = initiative(cast, f"Lived in {at}", unit=unit, lead=lead)
        model = sound_model(cast, f"Living in {at}", unit=unit, owner=owner, goal=False)
        beside = sound_model(cast, f"Beside in {at}", unit=unit, owner=owner, goal=False)
        for one in (model, beside):
            one.initiatives.add(goal)
        if at == "claims":
            InitiativeMember.objects.create(initiative=goal, user=cast.bob, added_at=AT)
        made = _records(beside, asks, rita, cast.bob)
        made["attestation"] = Attestation.objects.create(round=asked, model=beside, owner=owner)
        ids = {f"life_{name}.{at}": one.pk for name, one in made.items()}
        world.ids |= {**ids, f"life.{at}": model.pk, f"life_round.{at}": asked.pk}


def _records(model: AiModel, asks: Any, judge: Any, mends: Any) -> dict[str, Any]:
    by: dict[str, Any] = {"model": model, "recorded_at": AT, "recorded_by": asks}
    looked = Validation.objects.create(
        **{**by, "recorded_by": judge}, kind="validation", scope="All", started_on=TODAY
    )
    return {
        "validation": looked,
        "finding": ModelFinding.objects.create(
            **{**by, "recorded_by": judge}, validation=looked, number=1, severity="high", text="x", owner=mends,
            due_on=TODAY + timedelta(days=9),
        ),
        "assessment": RiskAssessment.objects.create(
            **by, materiality="high", complexity="high", computed=1, override=2, reasoning="x", state="proposed"
        ),
        "change": ChangeRequest.objects.create(**by, title="New", description="x", materiality="minor"),
        "exception": ModelException.objects.create(
            **by, rule="A rule", reason="x", compensating_control="y", owner=mends, expires_on=TODAY + timedelta(days=9)
        ),
        "incident": Incident.objects.create(
            **by, title="Wrong", description="x", severity=2, lead=asks, detected_at=AT - timedelta(hours=1)
        ),
        "ethics": EthicsReview.objects.create(
            **{**by, "recorded_by": judge}, kind="before_launch", reviewed_on=TODAY, outcome="passed"
        ),
        "fallback": FallbackTest.objects.create(**by, tested_on=TODAY, result="worked", evidence="x"),
        "retirement": Retirement.objects.create(**by, because="No use"),
    }  # fmt: skip


def lists(may: str = HOLDERS, /, **data: Any) -> Row:
    """A list, and creating in it about the model in claims: `may` hold the right; ursula may not know that model."""
    posts = {HOLDERS: "201: mona max; 400: ursula", "max": "403: max"}[may]
    return row(Case(at="claims", get=f"200: {ROLED}", post=posts, data={"model": "$life", **data}))


def record(kind: str) -> Row:
    """One record, read by whoever sees its model."""
    cases = [Case(at=at, get=who) for at, who in SEES.items()]
    return row(*cases, Case(at="nowhere", get=f"404: {ROLED}"), pk=kind)


def act(kind: str, who: dict[str, str], holders: str, **data: Any) -> Row:
    """An act on a record; `holders` hold its right somewhere, so what is nowhere is 404 for them."""
    cases = [Case(at=at, post=said, data=data) for at, said in who.items()]
    return row(*cases, Case(at="nowhere", post=f"404: {holders}", data=data), pk=kind)


EDITS = {at: f"200: {who}; 404: {other}" for at, (who, other) in MAY.items()}
MANAGES = {"claims": "200: max", "cards": "200: max"}
NOBODY = {"claims": "403: max", "cards": "403: max"}
BECAUSE = {"because": "So it is."}
MOVED = {"happened_at": MOMENT, "said": "As written"}


def judged(kind: str, **data: Any) -> Row:
    """An act of validators, of whom the cast has none."""
    return row(*(Case(at=at, post=said, data=data) for at, said in NOBODY.items()), pk=kind)


ROWS: dict[str, Row | Open] = {
    # Of no model: whose is to be said first.
    "model-mine": row(Case(get=f"200: {ROLED}", post=f"404: {ROLED}")),
    "model-calendar": reads(ROLED),
    "model-calendar-ics": reads(ROLED),
    "incident-list": reads(ROLED),
    "round-list": reads(ROLED),
    "round-open": row(Case(get="200: max", post="302: max", data={"question": "True?", "due_on": SOON})),
    "model-life": row(
        *(
            Case(
                at=at, get=SEES[at], post=f"302: {MAY[at][0]}; 404: {OUT[at]}",
                data={"act": "fallback", "tested_on": DAY, "result": "worked", "evidence": "Tried"},
            )
            for at in SEES
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}", data={"act": "fallback"}),
        ref="life",
    ),
    "incident-detail": row(
        *(
            Case(
                at=at, get=SEES[at], post=f"302: {MAY[at][0]}; 404: {OUT[at]}",
                data={"act": "note", "happened_at": "2026-11-24T10:00", "said": "Seen"},
            )
            for at in SEES
        ),
        Case(at="nowhere", get=f"404: {ROLED}", post=f"404: {ROLED}", data={"act": "note"}),
        ref="life_incident",
    ),
    "api:risk-assessments-list": lists(HOLDERS, materiality="high", complexity="low"),
    "api:risk-assessments-detail": record("life_assessment"),
    "api:risk-assessments-answer-override": act("life_assessment", MANAGES, "max", approve=True, **BECAUSE),
    "api:ethics-reviews-list": lists("max", kind="before_launch", reviewed_on=DAY, outcome="passed"),
    "api:ethics-reviews-detail": record("life_ethics"),
    "api:model-validations-list": lists("max", kind="validation", scope="All", started_on=DAY),
    "api:model-validations-detail": record("life_validation"),
    "api:model-validations-finish": judged("life_validation", outcome="fit", finished_on=DAY),
    "api:model-findings-list": row(
        Case(at="claims", get=f"200: {ROLED}", post="403: max", data={"severity": "low", "text": "x", "due_on": SOON})
    ),
    "api:model-findings-detail": record("life_finding"),
    "api:model-findings-close": judged("life_finding", evidence="Seen"),
    "api:change-requests-list": lists(HOLDERS, title="New", description="x", materiality="minor"),
    "api:change-requests-detail": record("life_change"),
    "api:change-requests-review": judged("life_change", accept=True, **BECAUSE),
    "api:change-requests-withdraw": act(
        "life_change", {"claims": "200: mona; 404: ursula", "cards": "200: ursula; 404: mona"}, HOLDERS, **BECAUSE
    ),
    "api:model-exceptions-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="400: max mona ursula",
            data={"model": "$life", "rule": "A rule", "reason": "x", "compensating_control": "y", "owner": 0, "expires_on": SOON},
        )
    ),
    "api:model-exceptions-detail": record("life_exception"),
    "api:model-exceptions-answer-it": act("life_exception", MANAGES, "max", approve=True, **BECAUSE),
    "api:model-exceptions-end": act("life_exception", EDITS, HOLDERS, **BECAUSE),
    "api:incidents-list": lists(HOLDERS, title="Wrong", description="x", severity=2, detected_at=MOMENT),
    "api:incidents-detail": record("life_incident"),
    "api:incidents-contain": act("life_incident", EDITS, HOLDERS, **MOVED),
    "api:incidents-resolve": act(
        "life_incident",
        {at: said.replace("200", "409") for at, said in EDITS.items()}, HOLDERS, **MOVED,
    ),
    "api:incidents-report": act(
        "life_incident", {at: said.replace("200", "409") for at, said in EDITS.items()}, HOLDERS, **MOVED
    ),
    "api:incidents-post-mortem": act(
        "life_incident", {at: said.replace("200", "409") for at, said in EDITS.items()}, HOLDERS, **MOVED
    ),
    "api:incidents-rate": act("life_incident", EDITS, HOLDERS, severity=3, consequence="serious", said="Worse"),
    "api:incidents-note": act("life_incident", EDITS, HOLDERS, **MOVED),
    "api:attestation-rounds-list": row(
        Case(get=f"200: {ROLED}", post="201: max", data={"question": "True?", "due_on": SOON})
    ),
    "api:attestation-rounds-detail": row(
        Case(at="claims", get=f"200: {ROLED}"), Case(at="nowhere", get=f"404: {ROLED}"), pk="life_round"
    ),
    "api:attestations-list": reads(ROLED),
    "api:attestations-detail": record("life_attestation"),
    "api:attestations-attest": act(
        "life_attestation", {"claims": "200: mona; 404: ursula", "cards": "404: mona"}, HOLDERS, attests=True
    ),
    "api:fallback-tests-list": lists(HOLDERS, tested_on=DAY, result="worked", evidence="Tried"),
    "api:fallback-tests-detail": record("life_fallback"),
    "api:retirements-list": lists(HOLDERS, because="No use"),
    "api:retirements-detail": record("life_retirement"),
    "api:retirements-step": act("life_retirement", EDITS, HOLDERS, code="archive", done_on=DAY, evidence="Kept"),
    "api:retirements-cancel": act("life_retirement", EDITS, HOLDERS, **BECAUSE),
}  # fmt: skip
