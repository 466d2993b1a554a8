"""Early warnings as people read them: what each is called, who answers for it, and the flag it stands in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.models import User
from domain.kpi_warnings import Code, EarlyWarning, Group, warn
from domain.rollup import BAD
from kpis.models import Kpi, KpiVersion
from kpis.queries.together import counted_as
from kpis.queries.warnings import PREFIX, RULES, Record, is_metric, records
from kpis.queries.watch_policy import policy_on
from portfolio.models import Flag, Initiative

CAUSES: Final = {
    Code.NO_CONSENSUS: "No consensus on success",
    Code.CHANGED_AFTER_APPROVAL: "KPI changed after the gate",
    Code.ONLY_MODEL_METRICS: "Only model metrics measured",
    Code.BUSINESS_OWNER_SILENT: "Business owner silent after launch",
    Code.DIVERGENCE: "Good model, bad business KPI",
    Code.VALUE_NOT_SHOWN: "Value not shown",
}
OF_THE_SPONSOR: Final = frozenset({Group.CONSENSUS, Group.OWNERSHIP, Group.VALUE})
UNDATED: Final = "It cannot be told since when."
UNKNOWN: Final = {
    "sign_offs": "whether people agree on what success is: no definition was put forward to be signed",
    "proposed_on": "since when the definition waits to be signed",
    "production_since": "since when it is in production",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One warning with who answers for it, its flag (None: the worker has not come to it), and the KPI it is about."""

    warning: EarlyWarning
    cause: str
    sentence: str
    owner: User | None
    flag: Flag | None
    kpi: Kpi | None
    version: int | None = None
    version_id: int | None = None

    @property
    def since(self) -> date | None:
        """Since when it has been told without a break: the facts of today may be younger than the warning."""
        begun = self.warning.since
        return begun if begun is None or self.flag is None else min(begun, self.flag.since)


@dataclass(frozen=True, slots=True)
class Warned:
    """What an initiative is warned of, the gravest first; what is unknown; until when that holds, None = for ever.

    `diverging`: the business KPIs that are bad while every model metric is good. `lacking`: the KPIs a role has not signed.
    """

    told: Sequence[Told]
    unknown: Sequence[str]
    valid_until: date | None
    policy_number: int
    diverging: frozenset[int]
    lacking: Mapping[str, tuple[str, ...]]


def warned_of(initiative: Initiative, *, as_of: date) -> Warned:
    """Judged from the facts as recorded now. A number of statements that does not grow."""
    policy, number = policy_on(as_of)
    [record] = records([initiative.pk], as_of=as_of, policy=policy)
    found = warn(record.facts, as_of=as_of, policy=policy)
    flags = {
        (flag.rule, flag.subject_type, flag.subject_id): flag
        for flag in Flag.objects.filter(initiative=initiative, rule__in=RULES, cleared_at=None)
    }
    numbers = _versions([kpi.pk for one in found.warnings if (kpi := kpi_of(one, record)) is not None])
    told = []
    for one in found.warnings:
        kpi = kpi_of(one, record)
        subject = ("initiative", initiative.pk) if kpi is None else ("kpi", kpi.pk)
        flag = flags.get((rule_of(one.code), *subject))
        owner, version = answering(record, one.group, kpi), _version_of(one)
        pk = None if kpi is None else numbers.get((kpi.pk, version or 0))
        told.append(Told(one, CAUSES[one.code], sentence_of(one), owner, flag, kpi, version, pk))
    ends = [day for day in (found.valid_until, record.turns_before) if day is not None]
    diverging = {kpi.pk for kpi in record.kpis if not is_metric(kpi) and counted_as(kpi) in BAD}
    return Warned(
        sorted(told, key=lambda one: (-one.warning.severity, one.since or as_of)),
        () if record.over else found.unknown, min(ends, default=None), number,
        frozenset(diverging if any(one.warning.code is Code.DIVERGENCE for one in told) else ()),
        record.lacking,
    )  # fmt: skip


def diverges(initiative_id: int) -> bool:
    """Whether it stands open that the model is good and a business KPI is not."""
    rule = rule_of(Code.DIVERGENCE)
    return Flag.objects.filter(
        subject_type="initiative", subject_id=initiative_id, rule=rule, cleared_at=None
    ).exists()


def answering(record: Record, group: Group, kpi: Kpi | None = None) -> User | None:
    """The owner of the KPI; else the sponsor where it is about agreement, ownership or value; else the lead."""
    row = record.initiative
    if kpi is not None and kpi.owner is not None:
        return kpi.owner
    return (row.sponsor or row.lead) if group in OF_THE_SPONSOR else (row.lead or row.sponsor)


def kpi_of(warning: EarlyWarning, record: Record) -> Kpi | None:
    """The KPI a warning is about, where it is about one."""
    ref = warning.subject.partition(" ")[0]
    return next((kpi for kpi in record.kpis if kpi.ref == ref), None)


def _versions(kpi_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """The versions of these KPIs by KPI and number. Nothing is asked where there is none."""
    if not kpi_ids:
        return {}
    rows = KpiVersion.objects.filter(kpi__in=kpi_ids).values_list("kpi_id", "number", "pk")
    return {(kpi, number): pk for kpi, number, pk in rows}


def _version_of(warning: EarlyWarning) -> int | None:
    """The version a warning is about, where it is about one."""
    number = warning.subject.rpartition(" v")[2]
    return int(number) if number.isdigit() else None


def rule_of(code: Code) -> str:
    """The code of the flag of a warning."""
    return f"{PREFIX}{code.value}"


def sentence_of(one: EarlyWarning) -> str:
    """Its sentence, which says so where nobody can tell since when it holds."""
    return one.sentence if one.since is not None else f"{one.sentence} {UNDATED}"
