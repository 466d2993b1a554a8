"""The model inventory. Gate submissions, council and decisions join it here."""

from governance.models.inventory import AiModel, ModelReview

__all__ = ["AiModel", "ModelReview"]
