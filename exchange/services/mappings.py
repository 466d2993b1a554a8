"""Mappings by name: those that come with the product, and those somebody saved."""

from datetime import datetime
from typing import Final

from django.db import transaction

from core import audit
from core.access import Actor, require_anywhere
from core.errors import conflict, field_error
from core.locks import hold
from core.roles import Action
from core.text import clean
from exchange.mapping import MappingRefused, load_mapping, shipped_mappings
from exchange.models import SavedMapping
from exchange.services.plan import refusal

LONGEST: Final = 80


def mapping_text(name: str) -> str | None:
    """The TOML of a shipped or saved mapping, or None where no mapping has that name."""
    shipped = shipped_mappings().get(name)
    if shipped is not None:
        return shipped.read_text(encoding="utf-8")
    return SavedMapping.objects.filter(name=name).values_list("toml", flat=True).first()


def names() -> list[str]:
    """Every mapping there is, shipped ones first."""
    return [*shipped_mappings(), *SavedMapping.objects.values_list("name", flat=True)]


def mapping_from(data: bytes) -> str:
    """The TOML of an upload, once it is known to be one. Raises Problem 400 naming the place of what is wrong."""
    try:
        load_mapping(data)
    except MappingRefused as refused:
        raise refusal(refused) from refused
    return data.decode("utf-8-sig")


def save_mapping(*, name: str, toml: str, by: Actor, at: datetime, replace: bool = False) -> SavedMapping:
    """Keep a mapping under a name. With `replace` it takes the place of the one there; the same again writes nothing.

    Raises Problem 403, 400 for a mapping that cannot be used or a name the product ships, 409 for a name taken.
    """
    require_anywhere(by, Action.IMPORT)
    called = clean("name", name, limit=LONGEST, required="Name the mapping.")
    if called in shipped_mappings():
        raise field_error("name", f"{called} comes with the product. Choose another name.", code="taken")
    text = mapping_from(toml.encode())
    with transaction.atomic():
        hold("mappings")
        known = SavedMapping.objects.filter(name=called).first()
        if known is None:
            row = SavedMapping.objects.create(name=called, toml=text, created_at=at, created_by=by.user)
            audit.record(by=by, at=at, action="mapping.saved", obj=row, after={"name": called})
            return row
        if known.toml == text:
            return known
        if not replace:
            raise conflict(
                "name_taken", f"A mapping called {called} exists already. Choose another name, or replace it."
            )
        known.toml, known.created_at, known.created_by = text, at, by.user
        known.save(update_fields=["toml", "created_at", "created_by"])
        audit.record(by=by, at=at, action="mapping.replaced", obj=known, after={"name": called})
    return known
