"""What is recorded of a model beyond its register: by noun, one file each."""

from assurance.models.versions import ModelVersion

__all__ = ["ModelVersion"]
