"""Addresses of this room."""

from django.urls import path

from governance.queries import compliance as compliance  # says what the report of a pilot holds of it
from governance.services import prohibited as prohibited  # is asked before a pilot is given more time
from governance.views import (  # noqa: F401  `due`, `gate_slots` and `lesson_slots` register themselves
    conditions,
    confidence,
    council,
    council_item,
    council_item_acts,
    council_motion,
    council_seats,
    decisions,
    due,
    edit,
    evidence,
    gate,
    gate_slots,
    inventory,
    lesson_slots,
    meeting_moves,
    papers,
    post_mortem,
    scores,
    submissions,
    traceability,
)

COUNCIL = [
    path("council/", council.council_home, name="council-home"),
    path("council/seats/", council_seats.council_seats, name="council-seats"),
    path("council/seats/<int:pk>/fill/", council_seats.seat_fill, name="council-seat-fill"),
    path("council/seats/<int:pk>/vacate/", council_seats.seat_vacate, name="council-seat-vacate"),
    path("council/delegate/", council_seats.delegate, name="council-delegate"),
    path("council/delegations/<int:pk>/take-back/", council_seats.give_back, name="council-take-back"),
    path("council/meetings/new/", council.meeting_new, name="council-meeting-new"),
    path("council/meetings/<str:ref>/", council.meeting, name="council-meeting"),
    path("council/meetings/<str:ref>/move/", meeting_moves.meeting_move, name="council-meeting-move"),
    path("council/meetings/<str:ref>/cancel/", meeting_moves.meeting_cancel, name="council-meeting-cancel"),
    path("council/meetings/<str:ref>/put/", council_motion.meeting_put, name="council-put"),
    path("council/actions/<int:pk>/done/", council.action_done, name="council-action-done"),
    path("council/meetings/<str:ref>/minutes/", council.minutes, name="council-minutes"),
    path("council/meetings/<str:ref>/calendar.ics", council.meeting_ics, name="council-ics"),
    path("council/items/<str:ref>/", council_item.council_item, name="council-item"),
    path("council/items/<str:ref>/motion/", council_motion.item_motion, name="council-item-motion"),
    path(
        "council/items/<str:ref>/vote/",
        council_item_acts.council_item_act,
        {"act": "vote"},
        name="council-vote",
    ),
    path("council/items/<str:ref>/confirm/", council_item.council_confirm, name="council-confirm"),
    *(
        path(
            f"council/meetings/<str:ref>/{act}/",
            council.meeting_act,
            {"act": act},
            name=f"council-meeting-{act}",
        )
        for act in council.ACTS
    ),
    *(
        path(
            f"council/items/<str:ref>/{act}/",
            council_item_acts.council_item_act,
            {"act": act},
            name=f"council-item-{act}",
        )
        for act in council_item_acts.ACTS
    ),
]
PAPERS = [
    path("submissions/<str:ref>/paper/", papers.paper_page, {"kind": "decision"}, name="decision-paper"),
    path(
        "submissions/<str:ref>/paper.pdf", papers.paper_file, {"kind": "decision"}, name="decision-paper-pdf"
    ),
    path("council/items/<str:ref>/paper/", papers.paper_page, {"kind": "item"}, name="item-paper"),
    path("council/items/<str:ref>/paper.pdf", papers.paper_file, {"kind": "item"}, name="item-paper-pdf"),
    path("submissions/<str:ref>/report/", papers.sealed_report, name="sealed-report"),
    path("council/meetings/<str:ref>/pack/", papers.paper_page, {"kind": "pack"}, name="council-pack"),
    path("council/meetings/<str:ref>/pack.pdf", papers.paper_file, {"kind": "pack"}, name="council-pack-pdf"),
    path(
        "council/meetings/<str:ref>/minutes/paper/",
        papers.paper_page,
        {"kind": "minutes"},
        name="minutes-paper",
    ),
    path(
        "council/meetings/<str:ref>/minutes/paper.pdf",
        papers.paper_file,
        {"kind": "minutes"},
        name="minutes-pdf",
    ),
]
urlpatterns = [
    *PAPERS,
    *COUNCIL,
    path("models/", inventory.model_list, name="model-list"),
    path("models/new/", edit.model_create, name="model-create"),
    path("models/<str:ref>/", inventory.model_detail, name="model-detail"),
    path("models/<str:ref>/edit/", edit.model_edit, name="model-edit"),
    path("models/<str:ref>/correct/", edit.model_correct, name="model-correct"),
    path("models/<str:ref>/review/", edit.model_review, name="model-review"),
    path("models/<str:ref>/retire/", edit.model_retire, name="model-retire"),
    path("initiative/<str:ref>/models/", inventory.initiative_models, name="initiative-models"),
    path(
        "initiative/<str:ref>/traceability/",
        traceability.initiative_traceability,
        name="initiative-traceability",
    ),
    path("submissions/", submissions.submission_list, name="submission-list"),
    path("submissions/<str:ref>/", submissions.submission_detail, name="submission-detail"),
    path("submissions/<str:ref>/score/", scores.submission_score, name="submission-score"),
    path("submissions/<str:ref>/confidence/", confidence.submission_confidence, name="submission-confidence"),
    path("submissions/<str:ref>/withdraw/", submissions.submission_withdraw, name="submission-withdraw"),
    path("decisions/", decisions.decision_list, name="decision-list"),
    path("decisions/<str:ref>/", decisions.decision_detail, name="decision-detail"),
    path("conditions/", conditions.condition_list, name="condition-list"),
    path("conditions/<str:ref>/", conditions.condition_detail, name="condition-detail"),
    path("conditions/<str:ref>/agenda/", council_motion.condition_put, name="condition-put"),
    path("evidence/<str:pk>/", evidence.evidence_file, name="evidence-file"),
    path("evidence/<str:pk>/notebook/", evidence.evidence_notebook, name="evidence-notebook"),
    path("evidence/<str:pk>/withdraw/", evidence.evidence_withdraw, name="evidence-withdraw"),
]
# Under the initiative's own address.
ON_INITIATIVES = [
    path("initiatives/<str:ref>/gate/", gate.gate_form, name="initiative-gate"),
    path("initiatives/<str:ref>/gate/keep/", gate.gate_autosave, name="gate-autosave"),
    path("initiatives/<str:ref>/gate/evidence/", evidence.evidence_add, name="evidence-add"),
    path("initiatives/<str:ref>/gate/waive/", evidence.criterion_waive, name="criterion-waive"),
    path("initiatives/<str:ref>/decide/", decisions.initiative_decide, name="initiative-decide"),
    path("initiatives/<str:ref>/post-mortem/", post_mortem.post_mortem, name="post-mortem"),
    path(
        "initiatives/<str:ref>/post-mortem/<int:pk>/done/", post_mortem.aftercare_done, name="aftercare-done"
    ),
    path("initiatives/<str:ref>/reopen/", decisions.initiative_reopen, name="initiative-reopen"),
]
