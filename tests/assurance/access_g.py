"""Who may do what with dossiers, explanations, classifications and what is owed.

claims: owned by mona, serves an initiative that alice leads and bob works on. cards: serves one that charlie leads.
"""

from assurance.models import Obligation
from assurance.services.classifications import record_classification
from assurance.services.dossier import write_section
from assurance.services.explanations import add_lime, add_shap
from portfolio.models import InitiativeMember
from tests.cast import AT
from tests.core.access_table import ROLED, WIDE, Case, Open, Row, World, reads, row
from tests.governance.stored import initiative, sound_model

SEE_CLAIMS, NOT_CLAIMS = f"alice bob mona vera {WIDE}", "charlie ursula"
SEE_CARDS, NOT_CARDS = f"charlie ursula {WIDE}", "alice bob mona vera"
EDITS = {"claims": "mona max; 404: ursula", "cards": "ursula max; 404: mona"}
EDITORS = "max mona ursula"
SHAP = "base,a,prediction\n0,1,1\n"
HIGH = {
    "in_scope": {"answer": "yes", "because": "Used."},
    "principal_basis": {"answer": "yes", "because": "It decides."},
}


def furnish(world: World) -> None:
    """One model in claims and one in cards, each with a section, explanations, a classification and what it brings."""
    cast, by = world.cast, world.cast.actor("max")
    for at, lead, owner in (("claims", cast.alice, cast.mona), ("cards", cast.charlie, None)):
        goal = initiative(cast, f"Assured in {at}", unit=getattr(cast, at), lead=lead)
        model = sound_model(cast, f"Assured in {at}", unit=getattr(cast, at), owner=owner, goal=False)
        model.initiatives.add(goal)
        if at == "claims":
            InitiativeMember.objects.create(initiative=goal, user=cast.bob, added_at=AT)
        section = write_section(
            model_id=model.pk, code="performance", parts={"text": "Good."}, follows=0, by=by, at=AT
        )
        shap = add_shap(model_id=model.pk, content=SHAP.encode(), filename="a.csv", by=by, at=AT)
        lime = add_lime(model_id=model.pk, decision="D-1", items=[["a > 1", 0.5]], by=by, at=AT)
        classed = record_classification(model_id=model.pk, rule_set="omb_m_25_21", answers=HIGH, by=by, at=AT)
        owed = Obligation.objects.get(model=model, code="testing")
        world.ids |= {
            f"assured.{at}": model.pk, f"section.{at}": section.pk, f"shap.{at}": shap.pk, f"lime.{at}": lime.pk,
            f"classed.{at}": classed.pk, f"owed.{at}": owed.pk,
        }  # fmt: skip


def _sees(*more: Case, **args: str) -> Row:
    """Read by whoever sees the model."""
    return row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}"),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}"),
        *more,
        **args,
    )


def _writes(status: int, data: dict[str, object], **args: str) -> Row:
    """A page with a form for whoever may edit the model."""
    return row(
        *(Case(at=at, get=f"200: {who}", post=f"{status}: {who}", data=data) for at, who in EDITS.items()),
        Case(at="nowhere", get=f"404: {EDITORS}", post=f"404: {EDITORS}"),
        **args,
    )


def _lists(data: dict[str, object]) -> Row:
    return row(
        Case(
            at="claims",
            get=f"200: {ROLED}",
            post="201: mona max; 400: ursula",
            data={"model": "$assured", **data},
        )
    )


ROWS: dict[str, Row | Open] = {
    "model-dossier": _sees(Case(at="nowhere", get=f"404: {ROLED}"), ref="assured"),
    "model-dossier-paper": _sees(ref="assured"),
    "model-dossier-pdf": _sees(ref="assured"),
    "model-dossier-section": _sees(ref="assured", code="=performance"),
    "model-export": _sees(ref="assured", name="=record"),
    "model-shap-file": _sees(ref="assured", pk="shap"),
    "model-classification": _sees(Case(at="nowhere", get=f"404: {ROLED}"), ref="assured"),
    "model-dossier-write": _writes(302, {"text": "None known.", "version": 1, "base": ""}, ref="assured", code="=limits"),
    # Without a file there is nothing to keep: whoever may bring one is told so.
    "model-shap-add": _writes(400, {}, ref="assured"),
    "model-lime-add": _writes(302, {"decision": "D-2", "items": '[["a", 1]]'}, ref="assured"),
    "model-classify": _writes(302, {"step": "record", "follows": ""}, ref="assured", rule_set="=eu_ai_act"),
    "obligation-list": reads(ROLED),
    "obligation-detail": row(
        Case(
            at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", post=f"302: mona max; 404: {NOT_CLAIMS}",
            data={"status": "in_progress", "version": 1, "base": ""},
        ),
        Case(
            at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", post=f"302: ursula max; 404: {NOT_CARDS}",
            data={"status": "in_progress", "version": 1, "base": ""},
        ),
        pk="owed",
    ),
    "api:dossier-sections-list": _lists({"code": "limits", "parts": {"text": "None known."}, "follows": 0}),
    "api:dossier-sections-detail": _sees(pk="section"),
    "api:shap-files-list": _lists({"filename": "b.csv", "content": "base,b,prediction\n0,2,2\n"}),
    "api:shap-files-detail": _sees(pk="shap"),
    "api:lime-explanations-list": _lists({"decision": "D-2", "items": [["a", 1]]}),
    "api:lime-explanations-detail": _sees(pk="lime"),
    "api:classifications-list": _lists({"rule_set": "eu_ai_act", "answers": {}}),
    "api:classifications-detail": _sees(pk="classed"),
    "api:obligations-list": reads(ROLED),
    "api:obligations-detail": row(
        Case(at="claims", get=f"200: {SEE_CLAIMS}; 404: {NOT_CLAIMS}", patch=f"200: {EDITS['claims']}", data={"status": "in_progress"}),
        Case(at="cards", get=f"200: {SEE_CARDS}; 404: {NOT_CARDS}", patch=f"200: {EDITS['cards']}", data={"status": "in_progress"}),
        pk="owed",
    ),
    "api:rule-sets-list": reads(ROLED),
    "api:model-exports-list": _sees(model="assured"),
    "api:model-exports-detail": _sees(model="assured", pk="=record"),
}  # fmt: skip
