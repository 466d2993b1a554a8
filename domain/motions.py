"""A motion: what a decision would be, in full, before anybody decides it. One form for the manager, the council and the API.

Every agenda item carries one motion that names its outcome; a motion that fails leaves the stage unchanged. What each
outcome must say is here, and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from domain.autonomy import CODES
from domain.charter import NEW_CHARTER, read_carried, require_each_part
from domain.errors import RuleError
from domain.gates import Gate
from domain.policy_rows import items, number, row, text, whole
from domain.stage_words import APPROVALS, BESIDE_GATES, Outcome, Stage
from domain.stages import stage_after

REASONS: Final[Mapping[Outcome, Mapping[str, str]]] = {
    Outcome.STOP: {
        "no_value": "It does not bring the value it promised",
        "not_feasible": "It does not work well enough",
        "no_sponsor": "Nobody answers for it any more",
        "superseded": "Another initiative does it",
        "risk": "Its risk is not acceptable",
        "prohibited_use": "Its use is prohibited",
        "cost": "It costs more than it brings",
        "strategy": "The organisation no longer wants it",
    },
    Outcome.EXTEND: {
        "data_late": "Data came late",
        "sample_too_small": "Sample too small",
        "integration_late": "Integration came late",
        "results_unclear": "Results unclear",
        "owner_changed": "Owner changed",
        "other": "Other",
    },
}
KINDS: Final = ("before_start", "before_next_gate", "monitored")
_KEYS: Final = (
    "outcome", "because", "stage", "until", "days", "reason_code", "lessons", "rework", "charter", "ceiling", "lapses_on",
    "conditions", "condition", "due_on",
    "evidence", "decision_changes", *NEW_CHARTER, "carry",
)  # fmt: skip
_CONDITION_KEYS: Final = ("text", "kind", "blocking", "owner", "verifier", "verification", "due_on")
_CEILING_KEYS: Final = ("users", "sites", "spend", "level", "autonomy")
MOST_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Proposed:
    """A condition as proposed with a motion (C1). `owner`, `verifier`: ids of two people."""

    text: str
    kind: str
    owner: int
    verifier: int
    verification: str
    due_on: date
    blocking: bool = False


@dataclass(frozen=True, slots=True)
class Ceiling:
    """What an approval covers (C7); None and "" are not limited. `spend` in the organisation's currency. `level`: a code of
    domain.autonomy; `autonomy`: what that means here, in words."""

    users: int | None = None
    sites: int | None = None
    spend: Decimal | None = None
    level: str = ""
    autonomy: str = ""


@dataclass(frozen=True, slots=True)
class Motion:
    """What is to be decided. `stage`: where a recycle or a reopening leads. `until`: of a hold; of a pivot the day by which it is
    decided. `days`: of an extension; of a pivot how long its new charter runs from the decision on.

    `evidence`: what an extension brings that is not known yet; `decision_changes`: how likely that changes the decision, 0 to 1.
    `lessons`: what a stop taught. `rework`: what a recycle asks for. `charter`: what a pivot will try instead.
    `condition`: the id of the condition that is set aside or given the new date `due_on`.
    `scope_units` ... `stop_threshold`: of a pivot, that part of the new charter; `carry`: the parts that stay as the old one has them.
    """

    outcome: Outcome
    because: str
    stage: Stage | None = None
    until: date | None = None
    days: int | None = None
    reason_code: str = ""
    lessons: str = ""
    rework: str = ""
    charter: str = ""
    ceiling: Ceiling = Ceiling()
    lapses_on: date | None = None
    conditions: tuple[Proposed, ...] = ()
    condition: int | None = None
    due_on: date | None = None
    evidence: str = ""
    decision_changes: Decimal | None = None
    scope_units: str = ""
    scope_sites: str = ""
    scope_users: str = ""
    scope_systems: str = ""
    sample: str = ""
    stop_threshold: str = ""
    carry: tuple[str, ...] = ()

    def leads_to(self, gate: Gate, *, carried: bool = True) -> Stage:
        """The stage after it at its gate; unchanged where it was not carried. Raises RuleError, see `stage_after`."""
        return stage_after(gate, self.outcome, current=gate.from_stage, named=self.stage, carried=carried)

    def unconditional(self) -> "Motion":
        """A conditional go that was carried with nobody asking for a condition is a go."""
        if self.outcome is not Outcome.CONDITIONAL_GO:
            return self
        return replace(self, outcome=Outcome.GO, conditions=())


def read_motion(
    stored: object, *, gate: Gate | None, today: date, at: str = "", voted: bool = False
) -> Motion:
    """A motion from plain JSON, whole or refused. `gate` None: a decision of its own, which no gate asks for. `voted`: it was
    put to the vote as it stands, so what its outcome asks for since is not asked of it.

    Raises RuleError with a pointer: `outcome_not_offered` here, what its outcome needs and lacks (`until_missing`,
    `reason_missing`, `lessons_missing`, `rework_missing`, `charter_missing`, `days_missing`, `evidence_missing`, `chance_missing`, `conditions_missing`, `condition_missing`, `due_missing`; of a pivot `part_missing` for a part of the charter that is neither said anew nor
    carried, `said_and_carried`), what does
    not belong to it (`not_asked`), days that do not lie ahead (`not_ahead`), and a condition whose owner verifies it
    (`verified_by_owner`) or that is monitored and blocks (`monitored_blocks`).
    """
    values = row(stored, _KEYS, at)
    outcome = _outcome(values.get("outcome"), gate, f"{at}/outcome")
    motion = Motion(
        outcome=outcome,
        because=text(values.get("because"), f"{at}/because"),
        stage=None if values.get("stage") is None else _stage(values["stage"], f"{at}/stage"),
        until=_ahead(values.get("until"), today, f"{at}/until"),
        days=None if values.get("days") is None else _days(values["days"], f"{at}/days"),
        reason_code=_reason(outcome, values.get("reason_code") or "", f"{at}/reason_code"),
        lessons=_words(values.get("lessons"), f"{at}/lessons"),
        rework=_words(values.get("rework"), f"{at}/rework"),
        charter=_words(values.get("charter"), f"{at}/charter"),
        ceiling=_ceiling(values.get("ceiling"), f"{at}/ceiling"),
        lapses_on=_ahead(values.get("lapses_on"), today, f"{at}/lapses_on"),
        conditions=tuple(
            _condition(one, today, f"{at}/conditions/{place}")
            for place, one in enumerate(items(values.get("conditions") or [], f"{at}/conditions"))
        ),
        condition=None if values.get("condition") is None else whole(values["condition"], f"{at}/condition"),
        due_on=_ahead(values.get("due_on"), today, f"{at}/due_on"),
        evidence=_words(values.get("evidence"), f"{at}/evidence"),
        decision_changes=_chance(values.get("decision_changes"), f"{at}/decision_changes"),
        carry=read_carried(values.get("carry"), f"{at}/carry"),
        **{name: _words(values.get(name), f"{at}/{name}") for name in NEW_CHARTER},
    )
    _require_what_belongs(motion, at, voted=voted)
    if gate is not None:
        motion.leads_to(gate)
    return motion


def is_beside_gates(stored: Mapping[str, Any]) -> bool:
    """Whether a motion as JSON names a decision of its own, so that it is read without a gate."""
    return stored.get("outcome") in {one.value for one in BESIDE_GATES}


def motion_to_json(motion: Motion) -> dict[str, Any]:
    """As `read_motion` reads it: days as YYYY-MM-DD, money as a string; every key, those of a condition where there is one."""
    ceiling = motion.ceiling
    about: dict[str, Any] = (
        {} if motion.condition is None else {"condition": motion.condition, "due_on": _day(motion.due_on)}
    )
    if motion.decision_changes is not None:
        about |= {"evidence": motion.evidence, "decision_changes": f"{motion.decision_changes:f}"}
    if motion.outcome is Outcome.PIVOT:
        about |= {**{name: getattr(motion, name) for name in NEW_CHARTER}, "carry": list(motion.carry)}
    return {
        "outcome": motion.outcome.value, "because": motion.because,
        "stage": None if motion.stage is None else motion.stage.value, "until": _day(motion.until), "days": motion.days,
        "reason_code": motion.reason_code, "lessons": motion.lessons, "rework": motion.rework, "charter": motion.charter,
        "ceiling": {
            "users": ceiling.users, "sites": ceiling.sites, "level": ceiling.level, "autonomy": ceiling.autonomy,
            "spend": None if ceiling.spend is None else f"{ceiling.spend:f}",
        },
        "lapses_on": _day(motion.lapses_on),
        "conditions": [
            {
                "text": one.text, "kind": one.kind, "blocking": one.blocking, "owner": one.owner, "verifier": one.verifier,
                "verification": one.verification, "due_on": _day(one.due_on),
            }
            for one in motion.conditions
        ],
        **about,
    }  # fmt: skip


# What an outcome needs: field, code of the refusal, and the sentence.
_NEEDS: Final[Mapping[Outcome, tuple[tuple[str, str, str], ...]]] = {
    Outcome.HOLD: (("until", "until_missing", "A hold says until when."),),
    Outcome.RECYCLE: (
        ("stage", "stage_not_named", "A recycle names the earlier stage it leads to."),
        ("rework", "rework_missing", "A recycle says what is to be done again."),
    ),
    Outcome.PIVOT: (
        ("charter", "charter_missing", "A pivot says what is tried instead."),
        ("days", "days_missing", "A pivot says for how many days from now the new charter runs."),
        ("until", "until_missing", "A pivot says by which day the pilot is decided."),
    ),
    Outcome.EXTEND: (
        ("days", "days_missing", "An extension says by how many days."),
        ("reason_code", "reason_missing", "Choose the reason of the extension."),
        ("evidence", "evidence_missing", "Say what new evidence the extension brings."),
        ("decision_changes", "chance_missing", "Say how likely that evidence changes the decision."),
    ),
    Outcome.STOP: (
        ("reason_code", "reason_missing", "Choose the reason of the stop."),
        ("lessons", "lessons_missing", "A stop says what was learned."),
    ),
    Outcome.CONDITIONAL_GO: (("conditions", "conditions_missing", "A conditional go lists its conditions."),),
    Outcome.REOPEN: (("stage", "stage_not_named", "A reopening names the stage it leads to."),),
    Outcome.WAIVE: (("condition", "condition_missing", "Name the condition that is set aside."),),
    Outcome.REDATE: (
        ("condition", "condition_missing", "Name the condition whose date moves."),
        ("due_on", "due_missing", "Give the new due date."),
    ),
}
_OWN: Final = {
    "stage", "until", "days", "reason_code", "lessons", "rework", "charter", "conditions", "condition", "due_on",
    "evidence", "decision_changes", *NEW_CHARTER, "carry",
}  # fmt: skip


_EMPTY: Final = (None, "", ())


def _require_what_belongs(motion: Motion, at: str, *, voted: bool) -> None:
    needs = _NEEDS.get(motion.outcome, ())
    for name, code, sentence in () if voted else needs:
        if getattr(motion, name) in _EMPTY:
            raise RuleError(code, sentence, f"{at}/{name}")
    own = {name for name, _, _ in needs}
    if motion.outcome is Outcome.PIVOT:
        own |= {*NEW_CHARTER, "carry"}
        said = {name: getattr(motion, name) for name in NEW_CHARTER}
        require_each_part(said, motion.carry, at, all_of_them=not voted)
    for name in sorted(_OWN - own):
        if getattr(motion, name) not in _EMPTY:
            raise RuleError(
                "not_asked", f"{motion.outcome} says nothing of {name}. Leave it out.", f"{at}/{name}"
            )
    if motion.outcome not in APPROVALS and (motion.ceiling != Ceiling() or motion.lapses_on):
        raise RuleError(
            "not_asked", "Only an approval has a ceiling and a day on which it lapses.", f"{at}/ceiling"
        )


def _outcome(value: object, gate: Gate | None, at: str) -> Outcome:
    known_here = tuple(one for one in Outcome if one in BESIDE_GATES) if gate is None else gate.outcomes
    for known in known_here:
        if value == known.value and known is not Outcome.NOT_DECIDED:
            return known
    offered = ", ".join(one for one in known_here if one is not Outcome.NOT_DECIDED)
    raise RuleError("outcome_not_offered", f"Give one of: {offered}.", at)


def _stage(value: object, at: str) -> Stage:
    for known in Stage:
        if value == known.value:
            return known
    raise RuleError("not_a_known_word", f"Give one of: {', '.join(Stage)}.", at)


def _reason(outcome: Outcome, value: object, at: str) -> str:
    known = REASONS.get(outcome, {})
    if value == "" or (isinstance(value, str) and value in known):
        return str(value)
    if not known:
        raise RuleError("not_asked", f"{outcome} has no reason code. Leave it out.", at)
    raise RuleError("not_a_known_word", f"Give one of: {', '.join(known)}.", at)


def _days(value: object, at: str) -> int:
    days = whole(value, at)
    if not 1 <= days <= MOST_DAYS:
        raise RuleError("out_of_range", f"Give 1 to {MOST_DAYS} days.", at)
    return days


def _chance(value: object, at: str) -> Decimal | None:
    if value is None or value == "":
        return None
    found = number(value, at)
    if not 0 <= found <= 1:
        raise RuleError("out_of_range", "A chance lies between 0 and 1: 0.25 is one in four.", at)
    return found


def _words(value: object, at: str) -> str:
    return "" if value is None or value == "" else text(value, at)


def _date(value: object, at: str) -> date:
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RuleError("not_a_day", "Give a day as YYYY-MM-DD.", at)


def _ahead(value: object, today: date, at: str) -> date | None:
    if value is None or value == "":
        return None
    day = _date(value, at)
    if day <= today:
        raise RuleError("not_ahead", "Give a day that lies ahead.", at)
    return day


def _count(value: object, at: str) -> int | None:
    if value is None:
        return None
    found = whole(value, at)
    if not 1 <= found <= 1_000_000_000:
        raise RuleError("out_of_range", "Give a number above zero, or none.", at)
    return found


def _ceiling(value: object, at: str) -> Ceiling:
    if value is None:
        return Ceiling()
    values = row(value, _CEILING_KEYS, at)
    spend = None if values.get("spend") is None else number(values["spend"], f"{at}/spend")
    if spend is not None and not 0 < spend < Decimal("1e16"):
        raise RuleError("out_of_range", "Give an amount above zero, or none.", f"{at}/spend")
    return Ceiling(
        _count(values.get("users"), f"{at}/users"),
        _count(values.get("sites"), f"{at}/sites"),
        spend,
        _level(values.get("level") or "", f"{at}/level"),
        _words(values.get("autonomy"), f"{at}/autonomy"),
    )


def _level(value: object, at: str) -> str:
    if value == "" or (isinstance(value, str) and value in CODES):
        return str(value)
    raise RuleError("not_a_known_word", f"Give one of: {', '.join(CODES)}.", at)


def _condition(value: object, today: date, at: str) -> Proposed:
    values = row(value, _CONDITION_KEYS, at)
    kind = values.get("kind")
    if kind not in KINDS:
        raise RuleError("not_a_known_word", f"Give one of: {', '.join(KINDS)}.", f"{at}/kind")
    owner, verifier = (
        whole(values.get("owner"), f"{at}/owner"),
        whole(values.get("verifier"), f"{at}/verifier"),
    )
    if owner == verifier:
        raise RuleError(
            "verified_by_owner", "Whoever verifies a condition is not its owner.", f"{at}/verifier"
        )
    blocking = values.get("blocking", False)
    if not isinstance(blocking, bool):
        raise RuleError("not_true_or_false", "Give true or false.", f"{at}/blocking")
    if blocking and kind == "monitored":
        raise RuleError("monitored_blocks", "A monitored condition never blocks.", f"{at}/blocking")
    due_on = _ahead(values.get("due_on"), today, f"{at}/due_on")
    if due_on is None:
        raise RuleError("due_missing", "A condition has a due date.", f"{at}/due_on")
    return Proposed(
        text(values.get("text"), f"{at}/text"), str(kind), owner, verifier,
        text(values.get("verification"), f"{at}/verification"), due_on, blocking,
    )  # fmt: skip


def _day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()
