"""Lessons of ended work where a new idea is written, and on the page of one that is still an idea."""

from datetime import date

from core.access import Actor
from domain.stages import Stage
from governance.queries.lessons import lessons_for
from portfolio.models import Initiative
from portfolio.queries.intake import Idea, idea_of
from portfolio.views.slots import Panel, at_intake, on_overview

TEMPLATE = "governance/_lessons.html"
EARLY = frozenset({Stage.IDEA.value, Stage.FRAMING.value})


@at_intake
def typed(idea: Idea, actor: Actor) -> Panel | None:
    """What resembles what is typed; said also where nothing does. Nothing before a name is typed."""
    if not idea.text.strip():
        return None
    return Panel(TEMPLATE, {"lessons": lessons_for(idea, actor), "asked": True})


@on_overview
def recorded(initiative: Initiative, actor: Actor, today: date) -> Panel | None:  # noqa: ARG001  lessons do not age
    """Only while it can still learn from them, and only where something resembles it. Six statements at most."""
    if initiative.stage not in EARLY:
        return None
    found = lessons_for(idea_of(initiative), actor)
    return Panel(TEMPLATE, {"lessons": found, "asked": False}) if found else None
