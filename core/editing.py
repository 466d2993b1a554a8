"""Forms that carry the version they were filled from, and what is shown when somebody saved in between."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, Self, TypeVar

from django import forms
from django.db.models import Model
from django.http import HttpRequest, QueryDict

from core import wording
from core.errors import Problem
from core.http import form_problem
from core.models import AuditEvent

OWN = frozenset({"version", "base"})
F = TypeVar("F", bound=forms.Form)
R = TypeVar("R")


class VersionedForm(forms.Form):
    """A form with a hidden `version`. `initial` are the present facts; `changed()` gives the service what differs.

    `base` is a mark of every field as the form was filled, so that of two versions it is known who changed what.
    """

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**31 - 1)
    base = forms.CharField(widget=forms.HiddenInput, required=False, max_length=4_000)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.remember()

    def remember(self) -> None:
        """Mark what every field is filled with; again by a form that adds fields of its own."""
        self.initial["base"] = json.dumps(
            {name: mark(self[name].field, self[name].initial) for name in self.fields if name not in OWN}
        )

    @property
    def expected_version(self) -> int:
        return int(self.cleaned_data["version"])

    def changed(self) -> dict[str, Any]:
        """The fields that differ from the record, as the service takes them."""
        return {
            name: self.cleaned_data[name]
            for name in self.changed_data
            if name not in OWN
            and mark(self.fields[name], self.cleaned_data[name])
            != mark(self.fields[name], self[name].initial)
        }

    def for_a_new_record(self) -> None:
        """Nothing was read, so nothing can be stale."""
        for name in OWN:
            del self.fields[name]

    def untouched(self) -> set[str]:
        """Fields that differ from the record only because somebody else changed it meanwhile."""
        try:
            base = json.loads(self.cleaned_data.get("base") or "{}")
        except ValueError:
            base = {}
        marks = base if isinstance(base, dict) else {}
        return {
            name
            for name, typed in self.changed().items()
            if marks.get(name) == mark(self.fields[name], typed)
        }

    def over(self, version: int) -> Self:
        """The same form to be saved over `version`: what was typed, and theirs where nothing was."""
        data = QueryDict(mutable=True)
        for name in self.data:
            source = self.data
            data.setlist(name, source.getlist(name) if isinstance(source, QueryDict) else [str(source[name])])
        for name in self.untouched():
            value = self.fields[name].prepare_value(self[name].initial)
            values = (
                value if isinstance(value, list | tuple) else [value] if value not in (None, False) else []
            )
            data.setlist(self.add_prefix(name), [str(one) for one in values])
        data["version"] = str(version)
        again = type(self)(data, initial=self.initial, **self.built_with())
        again.is_valid()
        return again

    def built_with(self) -> dict[str, Any]:
        """What the form was made with beside data and initial; subclasses that take more say so."""
        return {}


def mark(field: forms.Field, value: Any) -> str:
    """A short mark of a value, the same for a fact and for the same fact typed."""
    plain = field.prepare_value(value)
    if isinstance(plain, list | tuple):
        plain = sorted(str(one) for one in plain)
    if isinstance(plain, Decimal):
        plain = plain.normalize()
    text = "" if plain in (None, False, []) else str(plain)
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode("utf-8", "replace")).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Side:
    """One field of two versions in words. Empty words: left empty. `taken`: only they changed it, so theirs stands."""

    name: str
    label: str
    theirs: str
    yours: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody saved in between: who (None where the log does not say), and what differs now."""

    saved_by: AuditEvent | None
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Submitted(Generic[F, R]):
    """What came of a form: the record it made or changed, or the form to show again with its status."""

    form: F
    row: R | None = None
    conflict: Conflict | None = None
    status: int = 200


def submit(
    request: HttpRequest, form: F, save: Callable[[F], R], record: Model | None = None
) -> Submitted[F, R]:
    """Save a POSTed form through its service; a refusal is put on the form, an old version gives both sides.

    `record` is what is being edited, None for something new.
    """
    if request.method != "POST":
        return Submitted(form)
    if not form.is_valid():
        return Submitted(form, status=400)
    try:
        return Submitted(form, row=save(form))
    except Problem as problem:
        if problem.code == "stale_version" and record is not None and isinstance(form, VersionedForm):
            again: Any = form.over(getattr(record, "version"))  # noqa: B009  every edited record has one
            return Submitted(again, conflict=conflict_of(form, record), status=problem.status)
        form_problem(form, problem)
        return Submitted(form, status=problem.status)


def conflict_of(form: VersionedForm, row: Model) -> Conflict:
    """Both versions side by side: the record as `form.initial` has it, and what was typed."""
    saved = (
        AuditEvent.objects.filter(object_type=row._meta.model_name, object_id=row.pk).order_by("-id").first()
    )
    sides, untouched = [], form.untouched()
    for name, typed in form.changed().items():
        bound = form[name]
        theirs, yours = in_words(bound.field, bound.initial), in_words(bound.field, typed)
        sides.append(Side(bound.auto_id or name, str(bound.label), theirs, yours, name in untouched))
    return Conflict(saved, tuple(sides))


def in_words(field: forms.Field, value: Any) -> str:
    """A field's value as a reader knows it: names instead of ids, labels instead of codes."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return wording.number(value)
    if isinstance(field, forms.ModelChoiceField):
        values: Iterable[Any] = (
            value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
        )
        keys = [v.pk if isinstance(v, Model) else v for v in values]
        rows = field.queryset.model._default_manager.filter(pk__in=keys) if field.queryset is not None else ()
        return ", ".join(field.label_from_instance(one) for one in rows)
    choices: Any = getattr(field, "choices", None)
    if choices:
        labels: Mapping[str, Any] = {str(code): label for code, label in choices}
        return str(labels.get(str(value), value))
    return str(value)
