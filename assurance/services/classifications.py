"""Classifying a model by a rule set, and saying how each obligation stands."""

from datetime import date, datetime
from typing import Any, Final, TypedDict, Unpack

from django.db import transaction

from assurance.models import Classification, Obligation, ObligationAct
from assurance.queries.rules import rules
from core import audit, clock
from core.access import Actor
from core.bulk import insert_objects
from core.errors import Item, Problem, conflict, field_error, forbidden, from_rule, not_found, stale
from core.locks import hold
from core.models import User
from core.roles import Action
from core.text import clean, web_address
from domain.classify import Result, answers_to_json, classify, possible, read_answers
from domain.errors import RuleError
from domain.rule_sets import NOT_DETERMINED, PROHIBITED, STATUSES, RuleSet
from domain.rules import SHIPPED
from governance.models import AiModel
from governance.queries.facts import with_people
from governance.services.evaluate import LOCK
from governance.services.inventory import held_model
from governance.services.judge import subject_of
from governance.services.model_facts import push_down
from portfolio.services.flags import Finding, sync_flags

EVIDENCE, URL = 1000, 500
SHOWN: Final = frozenset({"yes", "waived"})
NOT_YET: Final = "Not determined"


def record_classification(
    *, model_id: int, rule_set: str, answers: Any, by: Actor, at: datetime, follows: int | None = None
) -> Classification:
    """Answer a rule set for a model by the version in force today; the newest answer counts, those before stay.

    `follows`: the id of the classification it is written after (0: the first); another one raises 412. Unknown answers
    leave it `not_determined` and say what is missing. Raises Problem 400 at the question, 403, 404, 409, 412.
    """
    if rule_set not in SHIPPED:
        raise field_error("rule_set", f"Choose one of: {', '.join(SHIPPED)}.", code="invalid_choice")
    today = clock.day_of(at)
    found = rules().on(rule_set, today)
    try:
        given = read_answers(found, answers)
    except RuleError as error:
        raise from_rule(error) from error
    result = classify(found, given)
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        if by.user is None:
            raise forbidden("A classification is answered by a person.")
        last = Classification.objects.filter(model=model, rule_set=rule_set, newest=True).first()
        if follows is not None and follows != (last.pk if last else 0):
            raise stale("Somebody answered these questions meanwhile. Read their answers, then send yours.")
        if last is not None:
            Classification.objects.filter(pk=last.pk).update(newest=False)
        row = Classification.objects.create(
            model=model, rule_set=rule_set, rule_version=found.version, answers=answers_to_json(given),
            class_code=result.class_code, class_label=label_of(found, result), decided_by=result.decided_by,
            applies_from=result.applies_from, missing=[*result.missing, *result.roles_missing], recorded_at=at,
            recorded_by=by.user,
        )  # fmt: skip
        _owe(model, found, result, at)
        audit.record(
            by=by, at=at, action="model.classified", obj=row, unit_path=model.unit.path,
            before={"class": last.class_code} if last else {},
            after={"model": model.pk, "rule_set": rule_set, "version": found.version, "class": row.class_code},
        )  # fmt: skip
        push_down(model_id=model.pk, by=by, at=at, classes={**model.classes, rule_set: row.class_code})
        _flag_prohibited(row, at, by)
    return row


def _flag_prohibited(row: Classification, at: datetime, by: Actor) -> None:
    """What may not be used is flagged until somebody shows that it may. Not knowing any more shows nothing."""
    if row.class_code == NOT_DETERMINED:
        return
    model = with_people(AiModel.objects.filter(pk=row.model_id)).get()
    rule = f"prohibited:{row.rule_set}"
    finding = Finding(
        rule=rule, severity=3, cause="Prohibited practice", group="class", since=clock.day_of(at),
        sentence=f"{row.get_rule_set_display()}: {row.class_label}. What may not be used is in the portfolio.",
        clears_when="It is retired, or classified anew with the reason why the rule does not reach it.",
    )  # fmt: skip
    sync_flags(
        subject=subject_of(model), findings=[finding] if row.class_code == PROHIBITED else [], by=by, at=at,
        rules=frozenset({rule}), because="It was classified anew.",
    )  # fmt: skip


def label_of(found: RuleSet, result: Result) -> str:
    return NOT_YET if result.class_code == NOT_DETERMINED else found.class_of(result.class_code).label


def _owe(model: AiModel, found: RuleSet, result: Result, at: datetime) -> None:
    """Bring the list of what is owed to the result. What no longer is stays with its history. Three statements.

    A class that is not determined takes nothing away: nobody has said that it is not owed.
    """
    if not result.determined:
        return
    known = {row.code: row for row in Obligation.objects.filter(model=model, rule_set=found.code)}
    wanted = {one.code for one in result.duties}
    if result.roles_missing:  # what the class may bring for a role nobody named is not known to be gone
        wanted |= possible(found, result.class_code)
    gone = [row.pk for code, row in known.items() if row.owed and code not in wanted]
    if gone:
        Obligation.objects.filter(pk__in=gone).update(owed=False)
    place = {one.code: n for n, one in enumerate(found.duties)}
    for one in result.duties:
        row = known.get(one.code)
        if row is not None:
            told = (
                one.label,
                one.place,
                one.group,
                list(one.statuses),
                one.applies_from or result.applies_from,
                True,
                place[one.code],
            )
            if told != (
                row.label,
                row.place,
                row.group,
                row.statuses,
                row.applies_from,
                row.owed,
                row.position,
            ):
                (row.label, row.place, row.group, row.statuses, row.applies_from, row.owed, row.position) = (
                    told
                )
                row.save(
                    update_fields=["label", "place", "group", "statuses", "applies_from", "owed", "position"]
                )
    insert_objects([
        Obligation(
            model=model, rule_set=found.code, code=one.code, label=one.label, place=one.place, group=one.group,
            statuses=list(one.statuses), position=place[one.code], applies_from=one.applies_from or result.applies_from, created_at=at,
        )
        for one in result.duties if one.code not in known
    ])  # fmt: skip


class Said(TypedDict, total=False):
    """What may be said of an obligation. `status` a code of domain.rule_sets.STATUSES."""

    status: str
    evidence: str
    url: str
    owner: User | None
    due_on: date | None


FIELDS: Final = ("status", "evidence", "url", "owner", "due_on")


def say_obligation(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **said: Unpack[Said]
) -> Obligation:
    """Say how an obligation stands; what was said before is kept. Nothing changed writes nothing.

    Met and waived need what shows it. Raises Problem 400 at the field, 403, 404, 409 for a retired model, 412.
    """
    model_id = Obligation.objects.filter(pk=pk).values_list("model_id", flat=True).first()
    if model_id is None:
        raise not_found()
    with transaction.atomic():
        hold(LOCK)
        model = held_model(model_id, by=by, right=Action.EDIT_MODEL, expected_version=None)
        row = Obligation.objects.select_related("owner").get(pk=pk)
        if by.user is None:
            raise forbidden("What an obligation stands at is said by a person.")
        if expected_version is not None and row.version != expected_version:
            raise stale()
        if not row.owed:
            raise conflict("not_owed", "The classification that counts does not bring this any more.")
        before = audit.snapshot(row, FIELDS)
        _write(row, said)
        was, now = audit.difference(before, audit.snapshot(row, FIELDS))
        if not now:
            return row
        row.said_at, row.said_by, row.version = at, by.user, row.version + 1
        row.save(update_fields=[*FIELDS, "said_at", "said_by", "version"])
        ObligationAct.objects.create(
            obligation=row, status=row.status, evidence=row.evidence, url=row.url, owner=row.owner, due_on=row.due_on,
            said_at=at, said_by=by.user,
        )  # fmt: skip
        audit.record(
            by=by, at=at, action="obligation.said", obj=row, unit_path=model.unit.path, before=was, after=now
        )
    return row


def _write(row: Obligation, said: Said) -> None:
    if "status" in said:
        allowed = ["not_reported", *row.statuses]
        if said["status"] not in allowed:
            words = ", ".join(STATUSES[one].lower() for one in allowed if one in STATUSES)
            raise field_error("status", f"Choose one of: {words}.", code="invalid_choice")
        row.status = said["status"]
    if "evidence" in said:
        row.evidence = clean("evidence", said["evidence"], limit=EVIDENCE)
    if "url" in said:
        row.url = web_address("url", said["url"], limit=URL)
    if "owner" in said:
        owner = said["owner"]
        if owner is not None and (not owner.is_active or owner.is_service):
            raise field_error("owner", "An owner is an active person.", code="not_active")
        row.owner = owner
    if "due_on" in said:
        row.due_on = said["due_on"]
    if row.status in SHOWN and not row.evidence:
        what = (
            "Say what shows it." if row.status == "yes" else "Say where it is waived in writing, and by whom."
        )
        raise Problem(400, "invalid", what, (Item("/evidence", "required", what),))
