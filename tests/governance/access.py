"""Who may do what with the model inventory.

claims: owned by mona, serves an initiative that alice leads and bob works on. cards: serves one that charlie leads.
Nobody of the cast is a validator, so nobody records a review.
"""

from datetime import timedelta

from governance.models import ModelReview
from portfolio.models import InitiativeMember
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.governance import access_council, access_gates
from tests.governance.stored import back, initiative, reviewer, sound_model

SEE_CLAIMS, NOT_CLAIMS = f"alice bob mona vera {WIDE}", "charlie ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
CREATES = "alice charlie max ursula"
EDITS = {"claims": "mona max; 404: ursula", "cards": "ursula max; 404: mona"}
EDITORS = "max mona ursula"
NEW = {"name": "Call router", "unit": "$unit.claims", "stage": "development"}
# What is asked of a model in production stays: nobody takes it away by hand.
SERVES = {
    "stage": "production", "in_production_since": back(300).isoformat(), "next_review_on": (TODAY + timedelta(days=60)).isoformat(),
    "monitoring_cadence_days": 7,
}  # fmt: skip
DONE = {"because": "Replaced by another."}


def furnish(world: World) -> None:
    """One model in claims and one in cards, each with the initiative it serves and a review."""
    cast = world.cast
    holder = reviewer(cast)
    for at, lead, owner in (("claims", cast.alice, cast.mona), ("cards", cast.charlie, None)):
        goal = initiative(cast, f"Served in {at}", unit=getattr(cast, at), lead=lead)
        model = sound_model(cast, f"Model in {at}", unit=getattr(cast, at), owner=owner, goal=False)
        model.initiatives.add(goal)
        if at == "claims":
            InitiativeMember.objects.create(initiative=goal, user=cast.bob, added_at=AT)
        review = ModelReview.objects.create(
            model=model,
            reviewed_on=TODAY,
            reviewer=holder,
            outcome="fit",
            next_review_on=TODAY,
            recorded_at=AT,
        )
        world.ids |= {f"model.{at}": model.pk, f"served.{at}": goal.pk, f"review.{at}": review.pk}
    world.ids["owner.claims"] = cast.mona.pk
    access_gates.furnish(world)
    access_council.furnish(world)


ROWS: dict[str, Row | Open] = {
    **access_gates.ROWS,
    **access_council.ROWS,
    "model-list": reads(ROLED),
    "model-create": row(Case(get=f"200: {CREATES}", post="302: alice max; 400: charlie ursula", data=NEW)),
    "model-detail": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="model",
    ),
    "initiative-traceability": row(
        Case(at="claims", get=f"200: alice bob vera {WIDE}; 404: charlie mona ursula"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="served",
    ),
    "api:traceability-list": row(
        Case(at="claims", get=f"200: alice bob vera {WIDE}; 404: charlie mona ursula"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        initiative="served",
    ),
    "initiative-models": row(
        Case(at="claims", get=f"200: alice bob vera {WIDE}; 404: charlie mona ursula"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="served",
    ),
    "model-edit": row(
        *(
            Case(
                at=at, get=f"200: {who}", post=f"302: {who}",
                data={"name": "Ranker", "unit": f"$unit.{at}", "version": 1, **SERVES, **owner},
            )
            for (at, who), owner in zip(EDITS.items(), ({"owner": "$owner.claims"}, {}), strict=True)
        ),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="model",
    ),
    "model-correct": row(Case(at="claims", get="403: max", post="403: max", data={"because": "Wrong."}), ref="model"),
    "model-review": row(Case(at="claims", get="403: max", post="403: max", data={"outcome": "fit"}), ref="model"),
    "model-retire": row(
        *(
            # It was in production, so its end is a checklist on the page of its life.
            Case(at=at, get=f"302: {who}", post=f"409: {who}", data={**DONE, "retired_on": "2026-11-24", "version": 1})
            for at, who in EDITS.items()
        ),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        ref="model",
    ),
    "api:models-list": row(
        Case(get=f"200: {ROLED}", post="201: alice max; 400: charlie ursula", data={"name": "Router", "unit": "$unit.claims"})
    ),
    "api:models-detail": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", patch=f"200: {EDITS['claims']}", data={"purpose": "Ranks"},
        ),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", patch=f"200: {EDITS['cards']}", data={"purpose": "Ranks"}),
        Case(at="nowhere", get=f"404: {ROLED}", patch=f"404: {EDITORS}", data={"purpose": "Ranks"}),
        pk="model",
    ),
    "api:models-retire": row(
        *(Case(at=at, post=f"409: {who}", data=DONE) for at, who in EDITS.items()),
        Case(at="nowhere", post=f"404: {EDITORS}", data=DONE),
        pk="model",
    ),
    "api:models-correct": row(Case(at="claims", post="403: max", data={"because": "Wrong."}), pk="model"),
    "api:model-reviews-list": row(
        Case(
            at="claims", get=f"200: {ROLED}", post="403: max",
            data={"model": "$model", "reviewed_on": "2026-11-20", "outcome": "fit"},
        )
    ),
    "api:model-reviews-detail": row(
        Case(at="claims", get=f"200: alice mona vera {WIDE}; 404: bob charlie ursula"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        Case(at="nowhere", get=f"404: {ROLED}"),
        pk="review",
    ),
}  # fmt: skip
