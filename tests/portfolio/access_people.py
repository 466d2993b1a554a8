"""Who may do what with the people of an initiative: the rows of `access.py` about registers, groups and meetings."""

from typing import Any

from portfolio.models import Initiative
from portfolio.services.stakeholders import add_stakeholder
from portfolio.services.working_groups import add_to_group, make_group
from portfolio.services.working_meetings import Task, record_meeting
from tests.cast import AT, TODAY
from tests.core.access_table import ROLED, WIDE, Case, Row, World, row

WHERE = {
    "claims": ("alice max", "charlie ursula", "charlie mona ursula", f"alice bob vera {WIDE}"),
    "cards": ("charlie max ursula", "alice", "alice bob mona vera", f"charlie ursula {WIDE}"),
}
"""Unit -> who runs what is there; who could elsewhere and knows nothing of it; who else knows nothing of it; who sees it."""


def furnish_people(world: World, at: str, initiative: Initiative) -> None:
    """A stakeholder without an account, a group with a role in it, and a meeting with an action of the lead's."""
    by = world.cast.actor("max")
    stake = add_stakeholder(initiative_id=initiative.pk, name="Ines", function="business", by=by, at=AT)
    group = make_group(initiative_id=initiative.pk, name="Data", by=by, at=AT)
    role = add_to_group(pk=group.pk, role="translator", name="Tove", by=by, at=AT)
    assert initiative.lead is not None
    meeting = record_meeting(
        initiative_id=initiative.pk, kind="kickoff", held_on=TODAY, actions=[Task("Ask IT", initiative.lead, TODAY)], by=by,
        at=AT,
    )  # fmt: skip
    world.ids |= {
        f"stakeholder.{at}": stake.pk, f"group.{at}": group.pk, f"grouprole.{at}": role.pk, f"worked.{at}": meeting.pk,
        f"task.{at}": meeting.actions.get().pk,
    }  # fmt: skip


def runs(
    ok: int, data: dict[str, Any] | None = None, *, anybodys: bool = False, page: bool = False, get: bool = False, **args: str
) -> Row:  # fmt: skip
    """What is done by who runs the initiative. `anybodys`: the door is open to everybody who sees it; `get`: a form is shown."""
    cases = []
    for at, (who, others, blind, _) in WHERE.items():
        answer = f"{ok}: {who}; 404: {blind if anybodys else others}"
        shown = answer.replace(f"{ok}:", "200:", 1) if page and get else ""
        cases.append(Case(at=at, get=shown, post=answer, data=data or {}))
    return row(*cases, **args)


def record(kind: str, patch: dict[str, Any] | None = None) -> Row:
    cases = [
        Case(
            at=at, get=f"200: {sees}; 404: {blind}", patch=f"200: {who}; 404: {others}" if patch else "", data=patch or {}
        )
        for at, (who, others, blind, sees) in WHERE.items()
    ]  # fmt: skip
    return row(
        *cases,
        Case(
            at="nowhere",
            get=f"404: {ROLED}",
            patch="404: alice charlie max ursula" if patch else "",
            data=patch or {},
        ),
        pk=kind,
    )


def added(data: dict[str, Any]) -> Row:
    return row(
        *(
            Case(at=at, get=f"200: {ROLED}", post=f"201: {who}; 400: {others}", data={"initiative": "$initiative", **data})
            for at, (who, others, _, _) in WHERE.items()
        )
    )  # fmt: skip


SOMEBODY = {"name": "Otto", "function": "it"}
WHY = {"because": "No more."}
PEOPLE: dict[str, Row] = {
    "initiative-people": row(
        *(Case(at=at, get=f"200: {sees}; 404: {blind}") for at, (_, _, blind, sees) in WHERE.items()),
        Case(at="nowhere", get=f"404: {ROLED}"),
        ref="initiative",
    ),
    "people-act": runs(
        302, SOMEBODY, anybodys=True, page=True, get=True, ref="initiative", act="=stakeholder"
    ),
    "people-act-on": runs(
        302,
        {"outcome": "Asked."},
        anybodys=True,
        page=True,
        get=True,
        ref="initiative",
        act="=close",
        pk="task",
    ),
    "people-role-end": runs(302, page=True, ref="initiative", pk="group", member="grouprole"),
    "api:stakeholders-list": added(SOMEBODY),
    "api:stakeholders-detail": record("stakeholder", {"interest": "Less work"}),
    "api:stakeholders-sign-off": runs(200, {"basis": "Mail"}, anybodys=True, pk="stakeholder"),
    "api:stakeholders-take-off": runs(200, WHY, pk="stakeholder"),
    # Of one initiative, which is named by a parameter.
    "api:stakeholders-matrix": row(Case(get=f"400: {ROLED}")),
    "api:working-groups-list": added({"name": "Change"}),
    "api:working-groups-detail": record("group"),
    "api:working-groups-end": runs(200, WHY, pk="group"),
    "api:working-groups-add": runs(201, {"name": "Otto", "role": "business"}, pk="group"),
    "api:working-groups-end-role": runs(200, pk="group", member="grouprole"),
    "api:working-meetings-list": added({"kind": "kickoff", "held_on": "2026-11-20", "decisions": ["Go on."]}),
    "api:working-meetings-detail": record("worked"),
    "api:working-meetings-add": runs(
        201, {"text": "Ask data", "owner": "$user.max", "due_on": "2026-12-20"}, pk="worked"
    ),
    "api:working-meetings-close": runs(
        200, {"outcome": "Asked."}, anybodys=True, pk="worked", action_id="task"
    ),
}
