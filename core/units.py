"""The organisation's tree: adding, renaming and moving business units."""

from datetime import datetime
from typing import TypedDict, Unpack

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Substr

from core import audit
from core.access import Actor, everywhere, require, require_anywhere, require_in_unit
from core.errors import conflict, field_error, not_found, stale
from core.locks import hold
from core.models import BusinessUnit
from core.roles import Action
from core.text import clean

MAX_DEPTH = 10
EDITED = ("name", "code", "active")


class UnitFacts(TypedDict, total=False):
    """What may be written of a unit. `parent` None is the top."""

    name: str
    code: str
    active: bool
    parent: BusinessUnit | None


def create_unit(
    *, name: str, by: Actor, at: datetime, code: str = "", parent: BusinessUnit | None = None
) -> BusinessUnit:
    """A new unit below `parent`, or at the top. Raises Problem 403, or 400 for a name taken there or too deep a tree."""
    with transaction.atomic():
        hold("units")
        parent = _fresh(parent)
        _require_below(by, parent)
        row = BusinessUnit(parent=parent, depth=parent.depth + 1 if parent else 0)
        _write(row, {"name": name, "code": code})
        _require_depth(row.depth)
        row.save(force_insert=True)
        row.path = f"{parent.path if parent else '/'}{row.pk}/"
        row.save(update_fields=["path"])
        after = {"name": row.name, "code": row.code, "parent": row.parent_id}
        audit.record(by=by, at=at, action="unit.created", obj=row, unit_path=row.path, after=after)
    return row


def edit_unit(
    *, pk: int, by: Actor, at: datetime, expected_version: int | None = None, **facts: Unpack[UnitFacts]
) -> BusinessUnit:
    """Rename a unit, close it, or move it with everything below. What hangs on it stays on it.

    Raises Problem 403, 404, 412 for an old version, 400 for a name taken there, a cycle, or too deep a tree.
    """
    with transaction.atomic():
        hold("units")
        row = BusinessUnit.objects.filter(pk=pk).first()
        if row is None:
            raise not_found()
        require(by, Action.MANAGE_UNITS, row)
        if expected_version is not None and row.version != expected_version:
            raise stale()
        before = {**audit.snapshot(row, EDITED), "parent": row.parent_id}
        old_path = row.path
        if "parent" in facts:
            _place(row, _fresh(facts["parent"]), by)
        _write(row, facts)
        was, now = audit.difference(before, {**audit.snapshot(row, EDITED), "parent": row.parent_id})
        if now:
            row.version += 1
            if "parent" in now:
                _rewrite(row, old_path)
            row.save(update_fields=[*EDITED, "parent", "path", "depth", "version"])
            action = "unit.moved" if "parent" in now else "unit.edited"
            audit.record(by=by, at=at, action=action, obj=row, unit_path=row.path, before=was, after=now)
    return row


def _place(row: BusinessUnit, parent: BusinessUnit | None, by: Actor) -> None:
    if row.parent_id == (parent.pk if parent else None):
        return
    if parent is not None and parent.path.startswith(row.path):
        raise field_error(
            "parent", f"{row.name} cannot stand below itself. Choose a unit outside it.", code="cycle"
        )
    _require_below(by, parent)
    below = (
        BusinessUnit.objects.filter(path__startswith=row.path)
        .order_by("-depth")
        .values_list("depth", flat=True)
    )
    depth = parent.depth + 1 if parent else 0
    _require_depth(depth + (below[0] - row.depth if below else 0))
    row.parent = parent


def _rewrite(row: BusinessUnit, old: str) -> None:
    """The path of the unit and of everything below it, in one statement."""
    parent = row.parent
    new, depth = f"{parent.path if parent else '/'}{row.pk}/", parent.depth + 1 if parent else 0
    BusinessUnit.objects.filter(path__startswith=old).update(
        path=Concat(Value(new), Substr("path", len(old) + 1)), depth=F("depth") + (depth - row.depth)
    )
    row.path, row.depth = new, depth


def _require_below(by: Actor, parent: BusinessUnit | None) -> None:
    if parent is None:
        require_anywhere(by, Action.MANAGE_UNITS)
    elif not everywhere(by, Action.MANAGE_UNITS):
        require_in_unit(by, Action.MANAGE_UNITS, parent.path)


def _require_depth(depth: int) -> None:
    if depth > MAX_DEPTH:
        raise field_error(
            "parent", f"A unit stands at most {MAX_DEPTH} levels below the top.", code="too_deep"
        )


def _fresh(unit: BusinessUnit | None) -> BusinessUnit | None:
    """The unit as it stands under the lock: it may have moved since the caller read it."""
    if unit is None:
        return None
    found = BusinessUnit.objects.filter(pk=unit.pk).first()
    if found is None:
        raise field_error("parent", "There is no such unit.", code="does_not_exist")
    if not found.active:
        raise conflict("unit_closed", f"{found.name} is closed. Choose an active unit.")
    return found


def _write(row: BusinessUnit, facts: UnitFacts) -> None:
    row.name = clean("name", facts.get("name", row.name), limit=200, required="Name the unit.")
    row.code = clean("code", facts.get("code", row.code), limit=40)
    row.active = facts.get("active", row.active)
    same = BusinessUnit.objects.filter(parent=row.parent_id, name__iexact=row.name).exclude(pk=row.pk)
    if same.exists():
        raise field_error("name", "Another unit there has this name already.", code="taken")
