"""A rule set as data: questions in their order, which answer ends where, classes with their dates, obligations by role.

Rules change, so they are versions: each says from which day it is in force, and an answer keeps the version it was given
under. The words are the product's own; of a law or a standard only the place is named.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any, Final

from domain.errors import RuleError
from domain.policy_rows import items, row, text

UNKNOWN: Final = "unknown"
YES, NO = "yes", "no"
YES_NO: Final = ((YES, "Yes"), (NO, "No"))
NOT_DETERMINED: Final = "not_determined"
PROHIBITED: Final = "unacceptable"
"""The class of what may not be used at all, in every set of rules that has one."""
STATUSES: Final = {
    "not_reported": "Not reported", "yes": "Yes", "in_progress": "In progress", "no": "No",
    "waived": "Waived in writing", "not_applicable": "Not applicable",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `options` beside "I do not know"; `ends`: answer -> class it decides; `when`: asked only where all
    of these were answered so; `many`: several answers at once, which decide no class but the roles obligations go by;
    `also`: classes after which it is asked all the same, because duties hang on it beside the class."""

    code: str
    text: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = YES_NO
    ends: Mapping[str, str] = field(default_factory=dict)
    when: Mapping[str, str] = field(default_factory=dict)
    many: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Class:
    """A result. `applies_from`: the day its obligations apply, None where there are none. `weight`: order by gravity."""

    code: str
    label: str
    sentence: str
    weight: int
    applies_from: date | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """An obligation or a control. `classes`: results that bring it; `roles`: empty for everybody; `place`: where it is
    written; `statuses` a row of it may have. `asks`: the question that has to be answered yes beside the class;
    `applies_from`: a day of its own, where it is not that of the class."""

    code: str
    label: str
    place: str
    classes: tuple[str, ...]
    roles: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ("yes", "in_progress", "no", "waived", "not_applicable")
    group: str = ""
    asks: str = ""
    applies_from: date | None = None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of one set of rules. `otherwise`: the class where no question ended it. `from_day`: in force since.

    `duties_are`: what its list is called ("Obligations", "Minimum practices", "Statement of applicability").
    """

    code: str
    name: str
    version: str
    from_day: date
    questions: tuple[Question, ...]
    classes: tuple[Class, ...]
    otherwise: str
    duties: tuple[Duty, ...]
    duties_are: str = "Obligations"
    note: str = ""

    def question(self, code: str) -> Question:
        return next(one for one in self.questions if one.code == code)

    def class_of(self, code: str) -> Class:
        return next(one for one in self.classes if one.code == code)

    def to_json(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def rule_set_from_json(stored: object) -> RuleSet:
    """A version an organisation wrote for itself. Raises RuleError at the place that is wrong."""
    named = _row(stored, RuleSet, "")
    classes = tuple(_class(one, f"/classes/{n}") for n, one in enumerate(items(named["classes"], "/classes")))
    questions = tuple(
        _question(one, f"/questions/{n}") for n, one in enumerate(items(named["questions"], "/questions"))
    )
    duties = tuple(_duty(one, f"/duties/{n}") for n, one in enumerate(items(named["duties"], "/duties")))
    found = RuleSet(
        code=text(named["code"], "/code"), name=text(named["name"], "/name"), version=text(named["version"], "/version"),
        from_day=_day(named["from_day"], "/from_day"), questions=questions, classes=classes,
        otherwise=text(named["otherwise"], "/otherwise"), duties=duties,
        duties_are=str(named.get("duties_are") or "Obligations"), note=str(named.get("note") or ""),
    )  # fmt: skip
    _require_sound(found)
    return found


def _row(stored: object, kind: Any, at: str) -> Mapping[str, Any]:
    known = [one.name for one in fields(kind)]
    found = row(stored, known, at)
    for name in ("code",):
        if name not in found:
            raise RuleError("member_missing", f"Add {name}.", f"{at}/{name}")
    return {name: found.get(name) for name in known}


def _class(stored: object, at: str) -> Class:
    named = _row(stored, Class, at)
    weight = named["weight"]
    if isinstance(weight, bool) or not isinstance(weight, int):
        raise RuleError("not_a_whole_number", "Give a whole number.", f"{at}/weight")
    day = named["applies_from"]
    return Class(
        text(named["code"], f"{at}/code"), text(named["label"], f"{at}/label"), text(named["sentence"], f"{at}/sentence"),
        weight, None if day is None else _day(day, f"{at}/applies_from"),
    )  # fmt: skip


def _question(stored: object, at: str) -> Question:
    named = _row(stored, Question, at)
    options = tuple(
        (text(items(one, f"{at}/options/{n}", 2)[0], f"{at}/options/{n}"), text(one[1], f"{at}/options/{n}"))
        for n, one in enumerate(items(named["options"] or YES_NO, f"{at}/options"))
    )
    return Question(
        text(named["code"], f"{at}/code"), text(named["text"], f"{at}/text"), str(named["hint"] or ""), options,
        _words(named["ends"], f"{at}/ends"), _words(named["when"], f"{at}/when"), bool(named["many"]),
        tuple(text(one, f"{at}/also") for one in items(named["also"] or (), f"{at}/also")),
    )  # fmt: skip


def _duty(stored: object, at: str) -> Duty:
    named = _row(stored, Duty, at)
    lists = {
        name: tuple(text(one, f"{at}/{name}") for one in items(named[name] or (), f"{at}/{name}"))
        for name in ("classes", "roles", "statuses")
    }
    for one in lists["statuses"]:
        if one not in STATUSES:
            raise RuleError("not_a_known_word", f"Give one of: {', '.join(STATUSES)}.", f"{at}/statuses")
    usual = Duty("", "", "", ()).statuses
    day = named["applies_from"]
    return Duty(
        text(named["code"], f"{at}/code"), text(named["label"], f"{at}/label"), str(named["place"] or ""),
        lists["classes"], lists["roles"], lists["statuses"] or usual, str(named["group"] or ""),
        str(named["asks"] or ""), None if day is None else _day(day, f"{at}/applies_from"),
    )  # fmt: skip


def _words(stored: object, at: str) -> dict[str, str]:
    if stored is None:
        return {}
    if not isinstance(stored, Mapping):
        raise RuleError("not_an_object", "Give an object.", at)
    return {str(key): text(value, f"{at}/{key}") for key, value in stored.items()}


def _day(value: object, at: str) -> date:
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise RuleError("not_a_day", "Give a day as YYYY-MM-DD.", at)


def _require_sound(rules: RuleSet) -> None:
    """Every class that is named exists; every question that is referred to stands before; no code twice."""
    known, seen = {one.code for one in rules.classes}, set[str]()
    for n, one in enumerate(rules.questions):
        if one.code in seen:
            raise RuleError("duplicate_code", "Two questions have the same code.", f"/questions/{n}/code")
        for code in one.when:
            if code not in seen:
                raise RuleError("not_before", f"{code} is not asked before this.", f"/questions/{n}/when")
        for member, codes in (("ends", one.ends.values()), ("also", one.also)):
            for code in codes:
                if code not in known:
                    raise RuleError("no_such_class", f"There is no class {code}.", f"/questions/{n}/{member}")
        seen.add(one.code)
    if rules.otherwise not in known:
        raise RuleError("no_such_class", f"There is no class {rules.otherwise}.", "/otherwise")
    for n, duty in enumerate(rules.duties):
        if not set(duty.classes) <= known:
            raise RuleError("no_such_class", "A duty belongs to known classes.", f"/duties/{n}/classes")


def differences(earlier: RuleSet, later: RuleSet) -> list[str]:
    """What a newer version changes for those who answered under the earlier one, in sentences."""
    out: list[str] = []
    old, new = {q.code: q for q in earlier.questions}, {q.code: q for q in later.questions}
    out += [f"New question: {q.text}" for code, q in new.items() if code not in old]
    out += [f"No longer asked: {q.text}" for code, q in old.items() if code not in new]
    out += [
        f"Asked otherwise: {new[code].text}"
        for code in new
        if code in old and _asks(new[code]) != _asks(old[code])
    ]
    were, are = {c.code: c for c in earlier.classes}, {c.code: c for c in later.classes}
    for code, one in are.items():
        was = were.get(code)
        if was is not None and was.applies_from != one.applies_from:
            out.append(f"{one.label}: applies from {_said(one.applies_from)}, was {_said(was.applies_from)}.")
    duties, before = {d.code: d for d in later.duties}, {d.code: d for d in earlier.duties}
    out += [f"New: {d.label}" for code, d in duties.items() if code not in before]
    out += [f"Dropped: {d.label}" for code, d in before.items() if code not in duties]
    return out


def _asks(one: Question) -> tuple[Any, ...]:
    return (one.text, one.options, dict(one.ends), dict(one.when))


def _said(day: date | None) -> str:
    return "no day" if day is None else f"{day.day} {day:%b %Y}"


def newest(versions: Sequence[RuleSet], on: date) -> RuleSet | None:
    """The version in force on a day: the latest that had begun."""
    begun = [one for one in versions if one.from_day <= on]
    return max(begun, key=lambda one: one.from_day) if begun else None
