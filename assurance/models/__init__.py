"""What is recorded of a model beyond its register: by noun, one file each."""

from assurance.models.classifications import Classification, Obligation, ObligationAct
from assurance.models.dossier import DossierSection, LimeExplanation, ShapFile
from assurance.models.versions import ModelVersion

__all__ = [
    "Classification",
    "DossierSection",
    "LimeExplanation",
    "ModelVersion",
    "Obligation",
    "ObligationAct",
    "ShapFile",
]
