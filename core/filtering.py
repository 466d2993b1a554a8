"""The filters above a list page: a form that shows what is set, and a chip for each that takes it off."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar, Final

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest

from core.listing import Listing
from core.models import User
from core.tables import PAGE_PARAMS
from core.wording import day

MOST_PEOPLE: Final = 200
OPS = {"in": "any of", "gte": "from", "lte": "up to", "isnull": "empty:"}


class FilterForm(forms.Form):
    """A GET form of filters; each field has the name of a filter of the list, and nothing is required.

    `kept` are parameters of the page that stay while filtering (order, columns). `rare` names fields that fold behind
    "More filters", so that the usual ones take one line.
    """

    use_required_attribute = False
    rare: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, request: HttpRequest, *, kept: Iterable[str] = ("ordering", "columns")) -> None:
        shown = {name: request.GET.get(name, "") for name in (*self.base_fields, *kept)}
        super().__init__(initial=shown)
        for name in kept:
            if shown.get(name):
                self.fields[name] = forms.CharField(widget=forms.HiddenInput, required=False)
        for field in self.fields.values():
            field.required = False

    def usual_fields(self) -> list[forms.BoundField]:
        """What is always shown."""
        return [field for field in self.visible_fields() if field.name not in self.rare]

    def rare_fields(self) -> list[forms.BoundField]:
        """What is folded away, until one of it is set."""
        return [field for field in self.visible_fields() if field.name in self.rare]

    def rare_set(self) -> bool:
        """Whether one of the folded fields is in use: then they are shown."""
        return any(self.initial.get(name) for name in self.rare)

    def offer(self, name: str, choices: Iterable[tuple[Any, str]]) -> None:
        """The choices of one field, known only when the page is asked for."""
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = list(choices)

    def offer_people(self, name: str, people: QuerySet[User], anybody: str) -> None:
        """Those to narrow by. Among very many nobody chooses: then whoever is chosen stays, and the search finds by name."""
        found = list(people[: MOST_PEOPLE + 1])
        if len(found) > MOST_PEOPLE:
            chosen = self.initial.get(name, "")
            found = list(people.filter(pk=int(chosen))) if chosen.isdecimal() and len(chosen) < 18 else []
            if not found:
                del self.fields[name]
                return
        self.offer(name, [("", anybody), *((one.pk, one.name) for one in found)])


def chips(
    request: HttpRequest, form: FilterForm, listing: Listing, words: Mapping[str, str]
) -> list[tuple[str, str]]:
    """What is filtered by, each with the query that takes it off. `words`: filter name -> what it is called."""
    out = []
    for name in request.GET:
        value = ",".join(request.GET.getlist(name))
        if not value or name in {"ordering", *PAGE_PARAMS}:
            continue
        left = request.GET.copy()
        del left[name]
        left.pop("page", None)
        out.append((_told(name, value, form, listing, words), f"?{left.urlencode()}"))
    return out


def _told(name: str, value: str, form: FilterForm, listing: Listing, words: Mapping[str, str]) -> str:
    if name == "q":
        return f"“{value}”"
    base, _, op = name.partition("__")
    field = form.fields.get(base)
    called = words.get(base) or str(
        field.label if field is not None and field.label else base.replace("_", " ")
    )
    called = called[:1].upper() + called[1:]
    choices: Any = getattr(field, "choices", None) or ()
    labels = {str(code): str(label).strip() for code, label in choices}
    told = ", ".join(labels.get(part) or _in_words(part) for part in value.split(","))
    if op == "isnull" and base in listing.filters:
        return f"{called}: {'none' if value == 'true' else 'any'}"
    return f"{called}: {OPS[op] + ' ' if op in OPS and op != 'in' else ''}{told}"


def _in_words(value: str) -> str:
    try:
        return day(date.fromisoformat(value))
    except ValueError:
        return value.replace("_", " ")
