"""The frame of every page about one model: its head, its state, its tabs. Rooms above fill tabs of their own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core.access import allows
from core.errors import not_found
from core.http import actor_of
from core.roles import Action
from core.values import read_ref
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.inventory import served
from portfolio.models import Flag
from portfolio.views.frame import address

TABS = (
    ("Overview", "model-detail"),
    ("Versions", "model-versions"),
    ("Monitoring", "model-monitoring"),
    ("Dossier", "model-dossier"),
    ("Classification", "model-classification"),
    ("Life", "model-life"),
    ("Lineage", "model-lineage"),
)
"""Words and URL name, in order; a tab whose page is not wired is left out."""
MOST_ALARMS = 5


@dataclass(frozen=True, slots=True)
class Call:
    """One thing about a model that calls for somebody, in the head of all its pages. `severity`: 1 to 3."""

    word: str
    severity: int
    url: str


CALLS: list[Callable[[AiModel], Sequence[Call]]] = []
"""What rooms above say of a model in its head; a room registers where its own views are read."""


def find_model(request: HttpRequest, ref: str) -> AiModel:
    """The model by `M-0042` or `42`, with its people. Problem 404 for what the reader may not know."""
    rows = with_people(AiModel.objects.visible_to(actor_of(request))).select_related(
        "owner", "unit", "validator", "superseded_by"
    )
    row = rows.filter(pk=read_ref(ref, "M")).first()
    if row is None:
        raise not_found()
    return row


def state_of(row: AiModel) -> str:
    """The code of the vocabulary: a current model without a goal is told apart."""
    return "no_business_goal" if row.status == "current" and row.orphan else row.status


def frame(request: HttpRequest, row: AiModel, current: str) -> dict[str, Any]:
    """What `governance/model_base.html` needs. `current`: the URL name of the tab shown. One statement, and what CALLS ask.

    `alarms`: open flags beside those of its staleness, which its state tells. `calls`: what rooms above add.
    """
    actor = actor_of(request)
    life = address("model-life", row.ref) if served(row) else ""
    retired = row.stage == AiModel.Stage.RETIRED
    flags = Flag.objects.open().filter(subject_type="model", subject_id=row.pk)
    return {
        "row": row,
        "state": state_of(row),
        "alarms": list(flags.exclude(group="cause").order_by("-severity", "since", "pk")[:MOST_ALARMS]),
        "calls": [call for said in CALLS for call in said(row)],
        "tabs": [
            (label, url, None, name == current) for label, name in TABS if (url := address(name, row.ref))
        ],
        # What was in production ends by a checklist, on the page of its life.
        "retire_url": f"{life}?act=retire#act" if life else reverse("model-retire", args=[row.ref]),
        "may_edit": not retired and allows(actor, Action.EDIT_MODEL, row),
        "may_review": not retired
        and allows(actor, Action.REVIEW_MODEL, row)
        and row.owner_id != request.user.pk,
    }
