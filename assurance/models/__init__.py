"""What is recorded of a model beyond its register: by noun, one file each."""

from assurance.models.deployments import ClusterLook, Deployment
from assurance.models.promotions import VersionPromotion
from assurance.models.registries import ModelRegistry, RegisteredModel
from assurance.models.versions import ModelVersion, VersionMetric

__all__ = [
    "ClusterLook",
    "Deployment",
    "ModelRegistry",
    "ModelVersion",
    "RegisteredModel",
    "VersionMetric",
    "VersionPromotion",
]
