"""Forms of these pages. They only shape; every rule is the service's."""

from typing import Any

from django import forms

from core.access import Actor, scope
from core.choices import PersonField, UnitField
from core.editing import VersionedForm
from core.models import BusinessUnit, Role, User
from core.roles import GIVEN_BY_TWO, Action
from core.tokens import DEFAULT_DAYS, MAX_DAYS

_WORK = {
    "portfolio": "the portfolio and its money", "kpis": "KPIs and measurements", "pilots": "pilots",
    "governance": "models and reviews", "exchange": "imports",
}  # fmt: skip
SCOPES = [
    *((f"{area}:{level}", f"{verb} {words}") for area, words in _WORK.items() for level, verb in (("read", "Read"), ("write", "Change"))),
    ("portfolio:approve", "Approve and release money, accept value"),
    ("audit:read", "Read the audit log"),
    ("users:read", "Read who there is"),
    ("users:admin", "Manage people and roles"),
    ("units:admin", "Manage business units"),
    ("tokens:read", "Read which tokens there are"),
]  # fmt: skip


class PersonForm(VersionedForm):
    """Somebody who signs in, or an account for a machine."""

    name = forms.CharField(max_length=120)
    email = forms.EmailField(
        max_length=254, label="E-mail", help_text="They sign in with it, and reset their password by it."
    )
    title = forms.CharField(max_length=120, required=False, help_text="What they do, as Head of Claims.")
    manager = PersonField(
        required=False, label="Direct manager", empty="Never recorded",
        help_text="Does not vote on what this person leads, sponsors or owns.",
    )  # fmt: skip
    is_service = forms.BooleanField(
        required=False,
        label="This is a machine, not a person",
        help_text="It may hold tokens. It never votes and owns nothing.",
    )

    def __init__(self, *args: Any, record: User | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.record = record
        if record is None:
            self.for_a_new_record()
        else:
            del self.fields["email"]  # another one needs consent: a form of its own
            field = self.fields["manager"]
            if isinstance(field, PersonField):
                field.offer(record.manager)

    def built_with(self) -> dict[str, Any]:
        return {"record": self.record}


class AddressForm(forms.Form):
    """Another address for somebody, to be consented to."""

    email = forms.EmailField(max_length=254, label="New e-mail")
    because = forms.CharField(max_length=300, label="Why", help_text="Whoever consents reads this.")


class OwnAddressForm(forms.Form):
    """One's own new address. The password shows that it is oneself."""

    email = forms.EmailField(
        max_length=254, label="New e-mail", help_text="You sign in with it from then on."
    )
    password = forms.CharField(
        max_length=4_096, label="Your password", strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )  # fmt: skip


class GrantForm(forms.Form):
    """A role, and how far it reaches."""

    role = forms.ChoiceField(
        choices=[
            ("", "Choose a role"),
            ("One administrator gives", [c for c in Role.choices if c[0] not in GIVEN_BY_TWO]),
            ("Two administrators give", [c for c in Role.choices if c[0] in GIVEN_BY_TWO]),
        ]
    )
    unit = UnitField(
        queryset=BusinessUnit.objects.none(), required=False, label="Where", empty_label="The whole organisation",
        help_text="In this unit and everything below it.",
    )  # fmt: skip
    because = forms.CharField(
        max_length=300, required=False, label="Why", help_text="A role that two administrators give needs it: the second one reads it.",
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["unit"]
        if isinstance(field, UnitField):
            field.queryset = BusinessUnit.objects.filter(scope(actor, Action.MANAGE_USERS, BusinessUnit))


class UnitForm(VersionedForm):
    """A business unit and where it stands."""

    name = forms.CharField(max_length=200)
    code = forms.CharField(
        max_length=40, required=False, label="Short name", help_text="For tables and charts."
    )
    parent = UnitField(
        queryset=BusinessUnit.objects.none(), required=False, label="Below", empty_label="At the top",
        help_text="Moving a unit takes everything below it along. What hangs on it stays on it.",
    )  # fmt: skip
    active = forms.BooleanField(required=False, initial=True, help_text="Off: nothing new is recorded in it.")

    def __init__(self, *args: Any, actor: Actor, record: BusinessUnit | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.record = actor, record
        rows = BusinessUnit.objects.filter(scope(actor, Action.MANAGE_UNITS, BusinessUnit), active=True)
        if record is None:
            self.for_a_new_record()
            del self.fields["active"]
        else:
            above = BusinessUnit.objects.filter(children=record)
            rows = (rows | above).exclude(path__startswith=record.path).distinct()
        field = self.fields["parent"]
        if isinstance(field, UnitField):
            field.queryset = rows

    def built_with(self) -> dict[str, Any]:
        return {"actor": self.actor, "record": self.record}


class TokenForm(forms.Form):
    """A key for a program."""

    name = forms.CharField(max_length=80, help_text="What will use it, as nightly KPI feed.")
    scopes = forms.MultipleChoiceField(
        choices=SCOPES, widget=forms.CheckboxSelectMultiple, label="It may",
        help_text="Never more than your own roles let you do. Who may change may read.",
    )  # fmt: skip
    days = forms.IntegerField(min_value=1, max_value=MAX_DAYS, initial=DEFAULT_DAYS, label="Days it lives")
