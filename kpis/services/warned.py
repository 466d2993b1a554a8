"""Early warnings as flags: those sponsors answer for, those of leads, and the warnings of one KPI folded into one."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Final

from core.models import User
from domain.kpi_warnings import Code, EarlyWarning, Group, Warned
from kpis.models import Kpi
from kpis.queries.warned import CAUSES, OF_THE_SPONSOR, answering, rule_of, sentence_of
from kpis.queries.warnings import PREFIX, Record
from portfolio.services.flags import Finding, Found, Subject

_CODES_OF_THE_SPONSOR: Final = (Code.NO_CONSENSUS, Code.BUSINESS_OWNER_SILENT, Code.VALUE_NOT_SHOWN)
SPONSORED: Final = frozenset(f"{PREFIX}{code.value}" for code in _CODES_OF_THE_SPONSOR)
LED: Final = frozenset(f"{PREFIX}{code.value}" for code in Code if code not in _CODES_OF_THE_SPONSOR)


def found_of(warned: Sequence[tuple[Record, Warned]], as_of: date) -> tuple[list[Found], list[Found]]:
    """The flags that sponsors answer for, and those of leads and of the owners of KPIs."""
    to_sponsors: list[Found] = []
    to_leads: list[Found] = []
    for record, said in warned:
        sponsored = [_finding(one, record, as_of) for one in said.warnings if one.group in OF_THE_SPONSOR]
        to_sponsors.append((_subject(record, answering(record, Group.VALUE)), sponsored))
        led = [one for one in said.warnings if one.group is Group.MEASUREMENT]
        subject = _subject(record, answering(record, Group.MEASUREMENT))
        to_leads.append((subject, [_finding(one, record, as_of) for one in led]))
        to_leads += _changed(record, said.warnings, as_of)
    return to_sponsors, to_leads


def _subject(record: Record, owner: User | None, kpi: Kpi | None = None) -> Subject:
    row = record.initiative
    if kpi is not None:
        return Subject("kpi", kpi.pk, f"{kpi.ref} {kpi.name}", row, row.unit, owner)
    return Subject("initiative", row.pk, row.name, row, row.unit, owner)


def _finding(one: EarlyWarning, record: Record, as_of: date) -> Finding:
    return Finding(
        rule=rule_of(one.code), severity=one.severity, cause=CAUSES[one.code], sentence=sentence_of(one),
        since=one.since or as_of, clears_when=one.clears_when, group=one.group.value,
        numbers=_lacking(record) if one.code is Code.NO_CONSENSUS else {}, due_on=one.due_on, escalates=one.escalates,
    )  # fmt: skip


def _lacking(record: Record) -> dict[str, str]:
    """The KPIs each role has still to sign."""
    return {role: ", ".join(refs) for role, refs in record.lacking.items()}


def _changed(record: Record, warnings: Sequence[EarlyWarning], as_of: date) -> list[Found]:
    """One flag for each KPI, with all its versions that nobody approved."""
    by_kpi: dict[str, list[EarlyWarning]] = defaultdict(list)
    for one in warnings:
        if one.code is Code.CHANGED_AFTER_APPROVAL:
            by_kpi[one.subject.partition(" ")[0]].append(one)
    out: list[Found] = []
    for kpi in record.kpis:
        if kpi.current is None or kpi.current.number == 1:
            continue  # nothing was ever changed
        own = by_kpi.get(kpi.ref, [])
        subject = _subject(record, answering(record, Group.GOALPOSTS, kpi), kpi)
        out.append((subject, [_folded(own, kpi, record, as_of)] if own else []))
    return out


def _folded(own: Sequence[EarlyWarning], kpi: Kpi, record: Record, as_of: date) -> Finding:
    versions = {one.subject for one in own}
    numbers = {
        f"v{found.version} {change.label}": f"{change.old} -> {change.new}"
        for found in record.facts.findings[kpi.ref]
        if f"{kpi.ref} v{found.version}" in versions and found.code == "changed_without_approval"
        for change in found.changes
    }
    return Finding(
        rule=rule_of(Code.CHANGED_AFTER_APPROVAL), severity=max(one.severity for one in own),
        cause=CAUSES[Code.CHANGED_AFTER_APPROVAL], sentence=" ".join(one.sentence for one in own),
        since=min((one.since for one in own if one.since), default=as_of), clears_when=own[0].clears_when,
        group=own[0].group.value, numbers=numbers,
        due_on=min((one.due_on for one in own if one.due_on), default=None),
        escalates=any(one.escalates for one in own),
    )  # fmt: skip
