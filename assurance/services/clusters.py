"""What runs in a cluster beside what is on record: a list from kubectl, previewed, then kept as a look."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.db import transaction

from assurance.models import ClusterLook, Deployment
from assurance.services.deployments import environment_of
from assurance.services.versions import person_of
from core import audit
from core.access import Actor, require_in_unit
from core.errors import conflict, forbidden, from_rule, not_found
from core.models import BusinessUnit
from core.roles import Action
from core.text import clean
from domain.errors import RuleError
from domain.images import Reconciled, Registered, Running, read_image, read_workloads, reconcile

CLUSTER: Final = 80
MOST_BYTES: Final = 25_000_000
MOST_SHOWN: Final = 5_000
KEPT: Final = timedelta(days=1)
"""So long a preview waits to be kept."""


def preview_look(
    *, unit: BusinessUnit, cluster: str, environment: str, content: bytes, by: Actor, at: datetime, filename: str = ""
) -> ClusterLook:  # fmt: skip
    """Reconcile a list with the open deployments of an environment in a unit and below. Nothing is kept yet.

    Raises Problem 400 with the place in the file, 403.
    """
    require_in_unit(by, Action.REPORT_MODEL, unit.path)
    cluster = clean("cluster", cluster, limit=CLUSTER, required="Name the cluster.")
    environment = environment_of(environment)
    try:
        running = read_workloads(read_json(content))
    except RuleError as error:
        raise from_rule(error) from error
    found = reconcile(running, _registered(unit, environment))
    return ClusterLook.objects.create(
        unit=unit, cluster=cluster, environment=environment, filename=clean("file", filename, limit=200),
        sha256=sha256(content).hexdigest(), containers=len(running), matched=len(found.matched), running=len(found.running),
        registered=len(found.registered), found=_shown(found), looked_by=person_of(by), looked_at=at,
    )  # fmt: skip


def keep_look(*, pk: int, by: Actor, at: datetime) -> ClusterLook:
    """Keep what was previewed; from then on it stands. By whoever previewed it. Raises Problem 404, 403, 409 `kept`."""
    with transaction.atomic():
        row = ClusterLook.objects.visible_to(by).select_related("unit").filter(pk=pk).first()
        if row is None:
            raise not_found()
        if by.user is None or row.looked_by_id != by.user.pk:
            raise forbidden("A preview is kept by whoever made it.")
        require_in_unit(by, Action.REPORT_MODEL, row.unit.path)
        if not ClusterLook.objects.filter(pk=pk, kept_at=None).update(kept_at=at):
            raise conflict("kept", "This look is kept already.")
        row.kept_at = at
        told = {"cluster": row.cluster, "environment": row.environment, "matched": row.matched, "running": row.running, "registered": row.registered}  # fmt: skip
        audit.record(by=by, at=at, action="cluster.looked", obj=row, unit_path=row.unit.path, after=told)
    return row


def tidy_previews(*, at: datetime) -> int:
    """Forget previews nobody kept for a day; returns how many."""
    count, _ = ClusterLook.objects.filter(kept_at=None, looked_at__lt=at - KEPT).delete()
    return count


def read_json(content: bytes) -> Any:
    """A JSON file within its limits. Raises RuleError."""
    if len(content) > MOST_BYTES:
        raise RuleError("too_large", f"The file is larger than {MOST_BYTES // 1_000_000} MB.", "/file")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise RuleError("not_json", "The file is not JSON.", "/file") from error


def _registered(unit: BusinessUnit, environment: str) -> list[Registered]:
    rows = Deployment.objects.filter(
        ended_at=None, environment=environment, model__unit__path__startswith=unit.path
    ).select_related("model")
    return [
        Registered(
            row.pk,
            f"{row.model.ref} {row.model.name} {row.version_number}",
            read_image(row.image, row.image_digest),
        )
        for row in rows.order_by("pk")
    ]


def _shown(found: Reconciled) -> dict[str, Any]:
    return {
        "matched": [
            {**_running(one), "deployment": row.pk, "name": row.name, "by": how}
            for one, row, how in found.matched[:MOST_SHOWN]
        ],
        "running": [_running(one) for one in found.running[:MOST_SHOWN]],
        "registered": [
            {"deployment": one.pk, "name": one.name, "image": _image(one.image.repository, one.image.tag), "digest": one.image.digest}
            for one in found.registered[:MOST_SHOWN]
        ],
    }  # fmt: skip


def _running(one: Running) -> dict[str, Any]:
    return {
        "namespace": one.namespace, "workload": one.workload, "container": one.container,
        "image": _image(one.image.repository, one.image.tag), "digest": one.image.digest, "warning": one.image.warning,
    }  # fmt: skip


def _image(repository: str, tag: str) -> str:
    return f"{repository}:{tag}" if tag else repository
