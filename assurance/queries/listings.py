"""Lists of versions, of roles asked for, of deployments, looks and registries: one definition for pages and the API."""

from assurance.models import ModelVersion, VersionPromotion
from core.listing import Filter, Listing

VERSIONS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "number": Filter("number", "text"),
        "role": Filter("role", "choice", choices=tuple(ModelVersion.Role.values)),
        "at_its_source": Filter("gone_at", "null", ops=("",)),
        "image_digest": Filter("image_digest", "text"),
        "commit": Filter("commit", "text"),
        "source": Filter("source", "text"),
        "external_id": Filter("external_id", "text"),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"number": "number", "recorded_at": "recorded_at"},
    search=("number", "model__name", "notes"),
)
PROMOTIONS = Listing(
    filters={
        "version": Filter("version", "id"),
        "model": Filter("version__model", "ref", prefix="M"),
        "state": Filter("state", "choice", choices=tuple(VersionPromotion.State.values)),
        "to_role": Filter("to_role", "choice", choices=tuple(ModelVersion.Role.values)),
        "asked_by": Filter("asked_by", "id"),
        "unit": Filter("version__model__unit__path", "subtree", ops=("",)),
    },
    orders={"asked_at": "asked_at"},
    search=("version__number", "version__model__name", "evidence"),
)
ROLLBACKS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "unconfirmed": Filter("confirmed_at", "null", ops=("",)),
        "confirm_by": Filter("confirm_by", "date", ops=("", "gte", "lte")),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"done_at": "done_at"},
)
DEPLOYMENTS = Listing(
    filters={
        "model": Filter("model", "ref", prefix="M"),
        "version": Filter("version", "id", ops=("", "in", "isnull")),
        "version_number": Filter("version_number", "text"),
        "environment": Filter("environment", "text"),
        "image_digest": Filter("image_digest", "text"),
        "running": Filter("ended_at", "null", ops=("",)),
        "observed": Filter("observed", "bool", ops=("",)),
        "source": Filter("source", "text"),
        "source_event": Filter("source_event", "text"),
        "unit": Filter("model__unit__path", "subtree", ops=("",)),
    },
    orders={"deployed_at": "deployed_at", "recorded_at": "recorded_at"},
    search=("version_number", "model__name", "image"),
)
LOOKS = Listing(
    filters={
        "cluster": Filter("cluster", "text"),
        "environment": Filter("environment", "text"),
        "preview": Filter("kept_at", "null", ops=("",)),
        "unit": Filter("unit__path", "subtree", ops=("",)),
    },
    orders={"looked_at": "looked_at"},
    search=("cluster", "filename"),
)
REGISTRIES = Listing(
    filters={
        "active": Filter("active", "bool", ops=("",)),
        "healthy": Filter("failing_since", "null", ops=("",)),
        "unit": Filter("unit__path", "subtree", ops=("",)),
    },
    orders={"name": "name", "synced_at": "synced_at"},
    search=("name", "base_url"),
    nullable=frozenset({"synced_at"}),
)
HISTORY = Listing(
    filters={
        "version": Filter("version", "id"),
        "name": Filter("name", "text"),
        "step": Filter("step", "int", ops=("", "gte", "lte")),
    },
    orders={"step": "step", "at": "at"},
)
