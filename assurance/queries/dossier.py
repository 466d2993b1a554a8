"""Reads of a model's dossier: the versions that stand, those before, and how complete it is for its tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from assurance.models import DossierSection, LimeExplanation, ShapFile, Validation
from assurance.queries.data_sources import personal_data
from core.listing import Filter, Listing
from core.models import AuditEvent
from core.policies import in_force
from domain.dossier import (
    BY_CODE,
    DEFAULT,
    EVERY_KEY,
    SECTIONS,
    TESTS,
    Policy,
    Section,
    Standing,
    as_text,
    complete_sections,
    key_of,
    lines_differing,
    standing,
)
from domain.model_life import what_was_tested
from governance.models import AiModel

KIND: Final = "dossier"
SHOWN_EVENTS: Final = 100
DOSSIER_SECTIONS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "code": Filter("code", "choice", choices=tuple(BY_CODE)),
        "newest": Filter("newest", "bool", ops=("",)),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"written_at": "written_at"},
)
SHAP_FILES = Listing(
    filters={"model": Filter("model", "ref", prefix="M"), "sha256": Filter("sha256", "text")},
    orders={"added_at": "added_at"},
)
LIME = Listing(
    filters={"model": Filter("model", "ref", prefix="M"), "decision": Filter("decision", "text")},
    orders={"added_at": "added_at"},
)


def dossier_policy(day: date) -> tuple[Policy, int]:
    """What each tier requires, and the number of the version; 0 is the product's own."""
    row = in_force(KIND, day)
    return (DEFAULT, 0) if row is None else (Policy.from_json(row.data), row.number)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a model's dossier beside its tier. `tested`: parts of TESTS that need no test any more, or never did."""

    personal_data: bool | None
    tested: frozenset[str]

    def standing(
        self, written: Mapping[str, Mapping[str, str]], policy: Policy, tier: int | None
    ) -> Standing:
        return standing(written, policy, tier, personal_data=self.personal_data is True, tested=self.tested)

    def complete(
        self, written: Mapping[str, Mapping[str, str]], policy: Policy, tier: int | None
    ) -> tuple[str, ...]:
        return complete_sections(
            written, policy, tier, personal_data=self.personal_data is True, tested=self.tested
        )


def asked_of(model: AiModel) -> Asked:
    """Two statements."""
    ended = Validation.objects.filter(model=model).exclude(outcome="")
    personal = personal_data(model)
    kinds = set(ended.order_by().values_list("kind", flat=True))
    found = {part for part, kind in TESTS.items() if kind in kinds}
    if what_was_tested(kinds, personal).leakage == "not_asked":
        found.add("security.leakage_test")
    return Asked(personal, frozenset(found))


def tests_of(model: AiModel) -> list[tuple[str, Validation | None]]:
    """Each test of security with the newest finished one of its kind, and its findings beside it. Two statements."""
    ended = Validation.objects.filter(model=model, kind__in=TESTS.values()).exclude(outcome="")
    newest: dict[str, Validation] = {}
    for row in ended.prefetch_related("findings").order_by("finished_on", "pk"):
        newest[row.kind] = row
    words = dict(Validation.Kind.choices)
    return [(str(words[kind]), newest.get(kind)) for kind in TESTS.values()]


def standing_versions(model: AiModel) -> dict[str, DossierSection]:
    """Section -> the version that stands. One statement."""
    rows = DossierSection.objects.filter(model=model, newest=True).select_related("written_by")
    return {row.code: row for row in rows}


def versions_of(model: AiModel, code: str) -> list[DossierSection]:
    """Every version of a section, newest first."""
    rows = DossierSection.objects.filter(model=model, code=code).select_related("written_by")
    return list(rows.order_by("-number"))


@dataclass(frozen=True, slots=True)
class Line:
    """One section as the dossier shows it. `typed_on`: a day typed by hand on the model, where nothing is written here."""

    section: Section
    version: DossierSection | None
    typed_on: date | None
    complete: bool
    lacking: tuple[str, ...]

    @property
    def done(self) -> int:
        return (
            sum(bool(self.version.parts.get(one.code, "").strip()) for one in self.section.parts)
            if self.version
            else 0
        )

    @property
    def texts(self) -> list[tuple[str, str]]:
        """Headings with their texts, the empty ones too."""
        parts = self.version.parts if self.version else {}
        return [(one.label, parts.get(one.code, "")) for one in self.section.parts]


@dataclass(frozen=True, slots=True)
class Dossier:
    """The dossier of a model: its lines in order, how complete it is, under which policy."""

    lines: tuple[Line, ...]
    standing: Standing
    policy_number: int
    personal_data: bool | None
    shap: Sequence[ShapFile]
    lime: Sequence[LimeExplanation]
    tests: Sequence[tuple[str, Validation | None]]


def dossier_of(model: AiModel, day: date) -> Dossier:
    """Eight statements: policy, versions, what is asked, tests, SHAP, LIME."""
    policy, number = dossier_policy(day)
    found = standing_versions(model)
    written = {code: row.parts for code, row in found.items()}
    asked = asked_of(model)
    stood = asked.standing(written, policy, model.risk_tier)
    whole = set(asked.complete(written, policy, model.risk_tier))
    wanted = set(policy.of(model.risk_tier, personal_data=asked.personal_data is True))
    lines = tuple(
        Line(
            one, found.get(one.code),
            _day(model.dossier_sections.get(one.code)) if one.code not in found else None,
            one.code in whole if one.written else bool(found),
            tuple(
                part.label for part in one.parts
                if key_of(one.code, part.code) in wanted and key_of(one.code, part.code) in stood.missing
            ),
        )
        for one in SECTIONS
    )  # fmt: skip
    shap = ShapFile.objects.filter(model=model).defer("content").select_related("version", "added_by")
    lime = LimeExplanation.objects.filter(model=model).select_related("version", "added_by")
    return Dossier(
        lines, stood, number, asked.personal_data, list(shap[:20]), list(lime[:50]), tests_of(model)
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What the model's row is told: the day of each section that is complete for its tier, and how many parts are written."""

    sections: dict[str, str]
    done: int
    whole: int


def told_of(model: AiModel, day: date, written_on: Mapping[str, date]) -> Told:
    """Days taken over from elsewhere stand where nothing is written here. The change log is written by the record, so it is
    as new as the newest of what is written."""
    policy, _ = dossier_policy(day)
    found = standing_versions(model)
    written = {code: row.parts for code, row in found.items()}
    asked = asked_of(model)
    whole = asked.complete(written, policy, model.risk_tier)
    out = {code: on for code, on in model.dossier_sections.items() if code not in found}
    out |= {code: written_on[code].isoformat() for code in whole if code in written_on}
    if written_on:
        out["change_log"] = max(written_on.values()).isoformat()
    stood = asked.standing(written, policy, model.risk_tier)
    return Told({one.code: out[one.code] for one in SECTIONS if one.code in out}, stood.done, stood.whole)


def compared(earlier: DossierSection, later: DossierSection) -> list[tuple[str, str]]:
    """Two versions of one section, line by line."""
    section = BY_CODE[later.code]
    return lines_differing(
        as_text(section, earlier.parts).splitlines(), as_text(section, later.parts).splitlines()
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the change log: when, who, what in words."""

    at: datetime
    who: str
    words: str


_WORDS: Final = {
    "model.registered": "Registered", "model.imported": "Brought by an import", "model.reimported": "Brought to what its source says",
    "model.edited": "Record changed", "model.corrected": "Record put right", "model.reviewed": "Reviewed", "model.retired": "Retired",
}  # fmt: skip


def change_log(model: AiModel) -> list[Entry]:
    """What happened to the record and the dossier, newest first, from the audit log and the versions. Two statements."""
    events = AuditEvent.objects.filter(object_type="aimodel", object_id=model.pk, action__in=list(_WORDS))
    out = [Entry(one.at, one.actor_label, _event(one)) for one in events.order_by("-id")[:SHOWN_EVENTS]]
    rows = DossierSection.objects.filter(model=model).select_related("written_by").defer("parts")
    out += [
        Entry(row.written_at, row.written_by.name, f"{BY_CODE[row.code].label}, version {row.number}")
        for row in rows[:SHOWN_EVENTS]
    ]
    return sorted(out, key=lambda one: one.at, reverse=True)[:SHOWN_EVENTS]


def _event(one: AuditEvent) -> str:
    named = (
        [str(name).replace("_", " ") for name in one.after]
        if one.action in {"model.edited", "model.corrected"}
        else []
    )
    return _WORDS[one.action] + (f": {', '.join(named[:8])}" if named else "")


def _day(raw: Any) -> date | None:
    return date.fromisoformat(raw) if raw else None


__all__ = ["EVERY_KEY", "Dossier", "change_log", "compared", "dossier_of", "versions_of"]
