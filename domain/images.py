"""Container images by digest, and what runs in a cluster beside what is registered.

A tag can be moved to another image; a digest is the image. So a reference by tag alone is kept, and warned of.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from domain.errors import RuleError

MOST_WORKLOADS: Final = 20_000
MOST_IMAGES: Final = 50_000
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_REFERENCE: Final = re.compile(r"[a-z0-9]+([._:/-]+[A-Za-z0-9_]+)*[A-Za-z0-9_.-]*")
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Image:
    """`registry/repository:tag@sha256:...`, taken apart. Empty: not given."""

    repository: str
    tag: str = ""
    digest: str = ""

    @property
    def warning(self) -> str:
        """What is wrong with referring to it so, empty for nothing."""
        if self.digest:
            return ""
        tag = self.tag or "latest"
        return f"By tag alone ({tag}): a tag can be moved to another image. Give its digest."


def read_image(text: str, digest: str = "") -> Image:
    """An image reference, its digest within it or beside it. Raises RuleError `image` or `image_digest`."""
    text, _, inside = text.strip().partition("@")
    digest = digest.strip().lower()
    inside = inside.lower()
    for given in (inside, digest):
        if given and not _DIGEST.fullmatch(given):
            raise RuleError("digest", "A digest is sha256: and 64 hexadecimal digits.", "/image_digest")
    if inside and digest and inside != digest:
        raise RuleError("digest", "The image names another digest than the one beside it.", "/image_digest")
    if len(text) > LONGEST or (text and not _REFERENCE.fullmatch(text)):
        raise RuleError("image", "Write an image as registry/repository:tag@sha256:...", "/image")
    head, colon, tag = text.rpartition(":")
    if not colon or "/" in tag:
        head, tag = text, ""
    return Image(head, tag, inside or digest)


@dataclass(frozen=True, slots=True)
class Running:
    """One container of a workload in the cluster, as its list says."""

    namespace: str
    workload: str
    container: str
    image: Image
    replicas: int | None


@dataclass(frozen=True, slots=True)
class Registered:
    """An open deployment on record, by its id."""

    pk: int
    name: str
    image: Image


@dataclass(frozen=True, slots=True)
class Reconciled:
    """`matched`: pairs with how they were found (digest, tag, repository). The rest of either side by itself."""

    matched: tuple[tuple[Running, Registered, str], ...]
    running: tuple[Running, ...]
    registered: tuple[Registered, ...]


def read_workloads(document: Any) -> list[Running]:
    """The containers in the output of `kubectl get deploy -A -o json`. Raises RuleError that names the place."""
    if not isinstance(document, Mapping) or not isinstance(document.get("items"), list):
        raise RuleError("not_a_list", "This is no list from kubectl: it has no items. Use: kubectl get deploy -A -o json", "/file")  # fmt: skip
    items = document["items"]
    if len(items) > MOST_WORKLOADS:
        raise RuleError("too_many", f"The list has more than {MOST_WORKLOADS} workloads. Send it by namespace.", "/file")  # fmt: skip
    found: list[Running] = []
    for place, item in enumerate(items):
        found += _containers(item, place)
        if len(found) > MOST_IMAGES:
            raise RuleError("too_many", f"The list has more than {MOST_IMAGES} containers.", "/file")
    return found


def _containers(item: Any, place: int) -> list[Running]:
    try:
        meta, spec = item["metadata"], item["spec"]
        containers = spec["template"]["spec"]["containers"]
        replicas = spec.get("replicas")
        names = meta["namespace"], meta["name"]
        out = [
            Running(names[0], names[1], one["name"], read_image(one["image"]), replicas) for one in containers
        ]
        good = all(
            _NAME.fullmatch(name) for one in out for name in (one.namespace, one.workload, one.container)
        )
        counted = replicas is None or (type(replicas) is int and 0 <= replicas < 10**6)
    except (KeyError, TypeError, AttributeError, RuleError) as error:
        raise _unreadable(place) from error
    if not good or not counted:
        raise _unreadable(place)
    return out


def _unreadable(place: int) -> RuleError:
    return RuleError(
        "unreadable", f"Item {place + 1} of the list is no deployment as kubectl writes it.", f"/file/items/{place}"
    )  # fmt: skip


def reconcile(running: Sequence[Running], registered: Sequence[Registered]) -> Reconciled:
    """Each running container with the deployment on record it is: by digest, else by repository and tag, else by repository.

    Several containers may run one deployment. What is scaled to nothing does not run.
    """
    by: dict[tuple[str, str], Registered] = {}
    for one in reversed(registered):
        if one.image.digest:
            by["digest", one.image.digest] = one
        if one.image.repository:
            by["repository", one.image.repository] = one
            if one.image.tag:
                by["tag", f"{one.image.repository}:{one.image.tag}"] = one
    matched, alone, seen = [], [], set()
    for container in running:
        if container.replicas == 0:
            continue
        found = _found(container.image, by)
        if found is None:
            alone.append(container)
        else:
            seen.add(found[0].pk)
            matched.append((container, *found))
    return Reconciled(tuple(matched), tuple(alone), tuple(one for one in registered if one.pk not in seen))


def _found(image: Image, by: Mapping[tuple[str, str], Registered]) -> tuple[Registered, str] | None:
    if image.digest and (one := by.get(("digest", image.digest))):
        return one, "digest"
    for how, key in (("tag", f"{image.repository}:{image.tag}"), ("repository", image.repository)):
        one = by.get((how, key))
        # Two digests of one repository are two images.
        if one is not None and not (image.digest and one.image.digest):
            return one, how
    return None
