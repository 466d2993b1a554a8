"""The policy: what can be done, and which role may do it how far. Read the table row by row."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from core.models import Role


class Action(StrEnum):
    """What can be done, named `area:verb`; the verb is the token scope it needs."""

    VIEW = "portfolio:read"
    CREATE_INITIATIVE = "portfolio:create"
    EDIT_INITIATIVE = "portfolio:edit"
    RECORD_MONEY = "portfolio:money"
    APPROVE_MONEY = "portfolio:approve"
    MANAGE_OBJECTIVES = "portfolio:objectives"
    DEFINE_KPI = "kpis:define"
    APPROVE_KPI = "kpis:approve"
    MEASURE = "kpis:measure"
    DECLARE_WORSE = "kpis:declare"
    DECLARE_BETTER = "kpis:override"
    EDIT_PILOT = "pilots:edit"
    EXTEND_PILOT = "pilots:extend"
    CREATE_MODEL = "governance:create"
    EDIT_MODEL = "governance:edit"
    REVIEW_MODEL = "governance:review"
    PROMOTE_MODEL = "governance:promote"
    REPORT_MODEL = "governance:report"
    SUBMIT_GATE = "governance:submit"
    DECIDE_GATE = "governance:approve"
    ASSURE_GATE = "governance:assure"
    MEET_CONDITION = "governance:condition"
    VOTE = "council:vote"
    ARRANGE_COUNCIL = "council:arrange"
    IMPORT = "exchange:import"
    EVALUATE = "portfolio:evaluate"
    ANSWER = "portfolio:answer"
    READ_AUDIT = "audit:read"
    MANAGE_USERS = "users:manage"
    MANAGE_UNITS = "units:manage"
    MANAGE_POLICY = "policy:manage"
    OWN_TOKENS = "tokens:own"


IN_WORDS: Final[Mapping[Action, str]] = {
    Action.VIEW: "to read here",
    Action.CREATE_INITIATIVE: "to record initiatives",
    Action.EDIT_INITIATIVE: "to change initiatives",
    Action.RECORD_MONEY: "to record money",
    Action.APPROVE_MONEY: "to approve money",
    Action.MANAGE_OBJECTIVES: "to manage strategic objectives",
    Action.DEFINE_KPI: "to define KPIs",
    Action.APPROVE_KPI: "to approve changes of KPIs",
    Action.MEASURE: "to record readings",
    Action.DECLARE_WORSE: "to declare a status by hand",
    Action.DECLARE_BETTER: "to declare a better status by hand",
    Action.EDIT_PILOT: "to change pilots",
    Action.EXTEND_PILOT: "to extend pilots",
    Action.CREATE_MODEL: "to record models",
    Action.EDIT_MODEL: "to change models",
    Action.REVIEW_MODEL: "to review models",
    Action.PROMOTE_MODEL: "to give versions of models their role",
    Action.REPORT_MODEL: "to report of models",
    Action.SUBMIT_GATE: "to ask for a gate",
    Action.DECIDE_GATE: "to decide at gates",
    Action.ASSURE_GATE: "to give an independent view at gates",
    Action.MEET_CONDITION: "to answer for conditions",
    Action.VOTE: "to vote on the council",
    Action.ARRANGE_COUNCIL: "to arrange the council",
    Action.IMPORT: "to import",
    Action.EVALUATE: "to have everything judged again",
    Action.ANSWER: "to answer where one is named",
    Action.READ_AUDIT: "to read the audit log",
    Action.MANAGE_USERS: "to manage people",
    Action.MANAGE_UNITS: "to manage business units",
    Action.MANAGE_POLICY: "to manage policies",
    Action.OWN_TOKENS: "to keep tokens",
}
"""Each right as a sentence says it: "it needs the right to decide at gates"."""


class Reach(StrEnum):
    """How far a grant goes: its unit and below (or all), or only what names the person."""

    UNIT = "unit"
    ASSIGNED = "assigned"


A = Action
_WORK = {
    A.EDIT_INITIATIVE, A.DEFINE_KPI, A.MEASURE, A.DECLARE_WORSE, A.EDIT_PILOT, A.RECORD_MONEY, A.SUBMIT_GATE,
}  # fmt: skip
_MANAGE = _WORK | {A.CREATE_INITIATIVE, A.CREATE_MODEL, A.EDIT_MODEL, A.REPORT_MODEL, A.EVALUATE}
# Everybody's: what they hold themselves, a condition that names them as its owner or verifier, and to answer where a register or
# an action names them.
_OWN = {A.OWN_TOKENS, A.MEET_CONDITION, A.ANSWER}
# Who leads records what was spent, planned and claimed; to approve, to release and to accept a value is another's.
_DECIDE = {A.APPROVE_MONEY, A.DECIDE_GATE, A.EXTEND_PILOT, A.PROMOTE_MODEL}
# Better than computed is declared by those who do not do the work.
_DECLARE = {A.DECLARE_WORSE, A.DECLARE_BETTER}
# role -> (actions, reach). VIEW has the reach of the role too. Read it row by row: this is the policy.
TABLE: dict[str, tuple[frozenset[Action], Reach]] = {
    Role.ADMIN: (frozenset({A.VIEW, A.MANAGE_USERS, A.MANAGE_UNITS, A.MANAGE_POLICY} | _OWN), Reach.UNIT),
    Role.PORTFOLIO_MANAGER: (
        frozenset(
            {
                A.VIEW,
                A.IMPORT,
                A.MANAGE_OBJECTIVES,
                A.MANAGE_UNITS,
                A.APPROVE_KPI,
                A.ARRANGE_COUNCIL,
                A.ASSURE_GATE,
            }
            | _DECLARE
            | _DECIDE
            | _MANAGE
            | _OWN
        ),
        Reach.UNIT,
    ),
    Role.EXECUTIVE: (frozenset({A.VIEW} | _OWN), Reach.UNIT),
    Role.COUNCIL_MEMBER: (frozenset({A.VIEW, A.VOTE, A.ASSURE_GATE} | _DECLARE | _OWN), Reach.UNIT),
    Role.COUNCIL_CHAIR: (
        frozenset({A.VIEW, A.VOTE, A.ARRANGE_COUNCIL, A.ASSURE_GATE} | _DECLARE | _OWN),
        Reach.UNIT,
    ),
    Role.UNIT_LEAD: (frozenset({A.VIEW} | _MANAGE | _OWN), Reach.UNIT),
    Role.LEAD: (frozenset({A.VIEW, A.CREATE_INITIATIVE, A.CREATE_MODEL} | _WORK | _OWN), Reach.ASSIGNED),
    Role.CONTRIBUTOR: (frozenset({A.VIEW, A.MEASURE, A.DECLARE_WORSE} | _OWN), Reach.ASSIGNED),
    Role.MODEL_OWNER: (
        frozenset({A.VIEW, A.EDIT_MODEL, A.REPORT_MODEL, A.MEASURE, A.DECLARE_WORSE} | _OWN),
        Reach.ASSIGNED,
    ),
    Role.VALIDATOR: (frozenset({A.VIEW, A.REVIEW_MODEL, A.ASSURE_GATE} | _OWN), Reach.UNIT),
    Role.AUDITOR: (frozenset({A.VIEW, A.READ_AUDIT} | _OWN), Reach.UNIT),
    Role.VIEWER: (frozenset({A.VIEW} | _OWN), Reach.UNIT),
}
# An ASSIGNED role may create within the unit it was granted in (and becomes the lead of what it creates).
CREATES = {A.CREATE_INITIATIVE, A.CREATE_MODEL}
# Roles that approve what others ask for: a seat on the council, and every role with a right to decide.
APPROVES = frozenset(
    {Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR} | {r for r, (may, _) in TABLE.items() if may & _DECIDE}
)
# Roles that sign for what a KPI promises, in the unit they reach: who only looks on, or keeps the accounts, does not.
ACTS = frozenset(r for r, (_, reach) in TABLE.items() if reach is Reach.UNIT) - {
    Role.ADMIN,
    Role.AUDITOR,
    Role.VIEWER,
}
SIGNS_AS_EXECUTIVE = frozenset({Role.EXECUTIVE, Role.COUNCIL_MEMBER, Role.COUNCIL_CHAIR})
# Given by one administrator with the consent of a second. The administrator's own role too: whoever could give it
# alone could consent to their own proposals from a second account.
GIVEN_BY_TWO = APPROVES | {role for role, (may, _) in TABLE.items() if A.MANAGE_USERS in may}
# What a person named on a record may do wherever that record stands.
LOOKS = {A.VIEW, A.MEASURE, A.MEET_CONDITION, A.ANSWER}
