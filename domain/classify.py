"""Answers to a class, by a rule set: which question decided, from when it applies, what is owed. Blank is never no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from domain.errors import RuleError
from domain.rule_sets import NOT_DETERMINED, UNKNOWN, YES, Class, Duty, Question, RuleSet

LONGEST: Final = 2_000
MOST_ANSWERS: Final = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered, and why. `values` is empty for "I do not know"; several only where a question takes many."""

    values: tuple[str, ...]
    because: str = ""

    @property
    def value(self) -> str:
        return self.values[0] if self.values else UNKNOWN


@dataclass(frozen=True, slots=True)
class Result:
    """`class_code` may be `not_determined`, then `missing` names the questions to answer. `decided_by`: the question that
    ended it, "" where none did. `roles_missing`: the questions nobody answered that say what a class brings beside itself
    (the roles, and what is asked after it), so that not all duties are known."""

    class_code: str
    decided_by: str
    applies_from: date | None
    missing: tuple[str, ...]
    duties: tuple[Duty, ...]
    roles_missing: tuple[str, ...] = ()

    @property
    def determined(self) -> bool:
        return self.class_code != NOT_DETERMINED


def asked(rules: RuleSet, answers: Mapping[str, Answer]) -> tuple[Question, ...]:
    """The questions to be answered, in order, as far as the answers lead: after one that decided, those it also asks."""
    out: list[Question] = []
    ended = ""
    for one in rules.questions:
        if not _applies(one, answers) or (ended and ended not in one.also):
            continue
        out.append(one)
        ended = ended or one.ends.get(_said(answers, one.code), "")
    return tuple(out)


def classify(rules: RuleSet, answers: Mapping[str, Answer]) -> Result:
    """The class that the answers determine. A question that could decide and was not answered leaves it not determined."""
    path, after = _led(rules, answers)
    missing = tuple(one.code for one in path if one.ends and _said(answers, one.code) == UNKNOWN)
    roles_missing = tuple(one.code for one in path if one.many and not _values(answers, one.code))
    open_gate = tuple(
        one.code for one in path if not one.ends and not one.many and _said(answers, one.code) == UNKNOWN
    )
    missing = tuple(one.code for one in path if one.code in {*missing, *open_gate})
    if missing:
        return Result(NOT_DETERMINED, "", None, missing, (), roles_missing)
    last = path[-1] if path else None
    ended = last.ends.get(_said(answers, last.code)) if last else None
    code = ended or rules.otherwise
    found = rules.class_of(code)
    beside = tuple(one.code for one in after if _said(answers, one.code) == UNKNOWN)
    return Result(
        code, last.code if ended and last else "", found.applies_from, (),
        duties_of(rules, found, _roles(rules, answers), answers), (*roles_missing, *beside),
    )  # fmt: skip


def _led(rules: RuleSet, answers: Mapping[str, Answer]) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """The questions up to the one that decided, and those asked after it."""
    path = asked(rules, answers)
    place = next((n for n, one in enumerate(path) if one.ends.get(_said(answers, one.code))), len(path))
    return path[: place + 1], path[place + 1 :]


def duties_of(
    rules: RuleSet, found: Class, roles: Sequence[str], answers: Mapping[str, Answer]
) -> tuple[Duty, ...]:
    """What a class brings for these roles; a duty of a role nobody has is not owed, nor one whose question was not answered yes."""
    known = {one.code for one in rules.questions}
    return tuple(
        one
        for one in rules.duties
        if found.code in one.classes
        and (not one.roles or set(one.roles) & set(roles))
        and (one.asks not in known or _said(answers, one.asks) == YES)
    )


def possible(rules: RuleSet, class_code: str) -> frozenset[str]:
    """The codes of every duty the class may bring, whatever the roles and what is asked beside it."""
    return frozenset(one.code for one in rules.duties if class_code in one.classes)


def _applies(one: Question, answers: Mapping[str, Answer]) -> bool:
    """Whether it is asked. Where a question before it was not answered, it is asked too: it may have to be known."""
    return all(_said(answers, code) in {wanted, UNKNOWN} for code, wanted in one.when.items())


def _said(answers: Mapping[str, Answer], code: str) -> str:
    found = answers.get(code)
    return found.value if found else UNKNOWN


def _values(answers: Mapping[str, Answer], code: str) -> tuple[str, ...]:
    found = answers.get(code)
    return found.values if found else ()


def _roles(rules: RuleSet, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    return tuple(value for one in rules.questions if one.many for value in _values(answers, one.code))


def read_answers(rules: RuleSet, stored: Any) -> dict[str, Answer]:
    """`{question: {"answer": "yes" | ["provider"] | "unknown", "because": "..."}}`, strictly. An answer needs its reason.

    Raises RuleError at the question. A question not named was not answered.
    """
    if not isinstance(stored, Mapping) or len(stored) > MOST_ANSWERS:
        raise RuleError("not_an_object", "Send an object of answers by question.", "/answers")
    known = {one.code: one for one in rules.questions}
    out: dict[str, Answer] = {}
    for code, said in stored.items():
        at = f"/answers/{code}"
        if code not in known:
            raise RuleError("no_such_question", f"Known: {', '.join(known)}.", at)
        if not isinstance(said, Mapping) or not set(said) <= {"answer", "because"}:
            raise RuleError("not_an_answer", 'Send {"answer": ..., "because": "..."}.', at)
        values = _read_values(known[code], said.get("answer"), at)
        because = said.get("because") or ""
        if not isinstance(because, str) or len(because) > LONGEST:
            raise RuleError(
                "max_length", f"Give the reason in at most {LONGEST} characters.", f"{at}/because"
            )
        if values and not because.strip():
            raise RuleError(
                "required", "Say why. An answer without a reason cannot be checked.", f"{at}/because"
            )
        out[code] = Answer(values, because.strip())
    return out


def _read_values(one: Question, said: Any, at: str) -> tuple[str, ...]:
    given = said if isinstance(said, list) else [said]
    if said in (None, "", UNKNOWN) or given == []:
        return ()
    options = [code for code, _ in one.options]
    if not one.many and len(given) != 1:
        raise RuleError("one_answer", "Give one answer.", f"{at}/answer")
    for value in given:
        if value not in options:
            raise RuleError(
                "not_a_known_word", f"Give one of: {', '.join([*options, UNKNOWN])}.", f"{at}/answer"
            )
    return tuple(code for code in options if code in given)


def answers_to_json(answers: Mapping[str, Answer]) -> dict[str, Any]:
    return {
        code: {"answer": list(one.values) if len(one.values) != 1 else one.value, "because": one.because}
        if one.values
        else {"answer": UNKNOWN, "because": one.because}
        for code, one in answers.items()
    }
