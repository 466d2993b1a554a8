"""Reads of a model's dossier: the versions that stand, those before, and how complete it is for its tier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from assurance.models import DossierSection, LimeExplanation, ShapFile
from core.listing import Filter, Listing
from core.models import AuditEvent
from core.policies import in_force
from domain.dossier import (
    BY_CODE,
    DEFAULT,
    EVERY_KEY,
    SECTIONS,
    Policy,
    Section,
    Standing,
    as_text,
    complete_sections,
    key_of,
    lines_differing,
    standing,
)
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


def uses_personal_data(model: AiModel) -> bool:
    """Whether its record says that it uses personal data. Not reported is not "no", and asks for nothing by itself."""
    return bool(model.facts.get("pii") == "yes")


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
    personal_data: bool
    shap: Sequence[ShapFile]
    lime: Sequence[LimeExplanation]


def dossier_of(model: AiModel, day: date) -> Dossier:
    """Four statements: policy, versions, SHAP, LIME."""
    policy, number = dossier_policy(day)
    found = standing_versions(model)
    written = {code: row.parts for code, row in found.items()}
    personal = uses_personal_data(model)
    stood = standing(written, policy, model.risk_tier, personal_data=personal)
    whole = set(complete_sections(written, policy, model.risk_tier, personal_data=personal))
    wanted = set(policy.of(model.risk_tier, personal_data=personal))
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
    return Dossier(lines, stood, number, personal, list(shap[:20]), list(lime[:50]))


def pushed_sections(model: AiModel, day: date, written_on: Mapping[str, date]) -> dict[str, str]:
    """What the model's row is told: the day of each section that is complete for its tier; days typed by hand where
    nothing is written here. The change log is written by the record, so it is as new as the newest of them."""
    policy, _ = dossier_policy(day)
    found = standing_versions(model)
    written = {code: row.parts for code, row in found.items()}
    whole = complete_sections(written, policy, model.risk_tier, personal_data=uses_personal_data(model))
    out = {code: on for code, on in model.dossier_sections.items() if code not in found}
    out |= {code: written_on[code].isoformat() for code in whole if code in written_on}
    if written_on:
        out["change_log"] = max(written_on.values()).isoformat()
    return {one.code: out[one.code] for one in SECTIONS if one.code in out}


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
    "model.edited": "Record changed", "model.reviewed": "Reviewed", "model.retired": "Retired",
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
    named = [str(name).replace("_", " ") for name in one.after] if one.action == "model.edited" else []
    return _WORDS[one.action] + (f": {', '.join(named[:8])}" if named else "")


def _day(raw: Any) -> date | None:
    return date.fromisoformat(raw) if raw else None


__all__ = ["EVERY_KEY", "Dossier", "change_log", "compared", "dossier_of", "versions_of"]
