"""Forms of KPIs. They only shape; every rule is the service's."""

from kpis.forms.commitment import AnswerForm, AskForm, InfluenceForm, SmartForm, VerdictForm, WithdrawForm
from kpis.forms.definition import AmendForm, DefinitionForm, KpiForm, facts_of
from kpis.forms.drift import ReferenceForm, ReviewForm, WorldForm
from kpis.forms.fields import CurveField, PercentField, day, number, plain
from kpis.forms.readings import (
    CheckInForm,
    CorrectionForm,
    ReadingForm,
    SentOnce,
    StateForm,
    WithdrawalForm,
    reading_of,
)

__all__ = [
    "AmendForm",
    "AnswerForm",
    "AskForm",
    "CheckInForm",
    "CorrectionForm",
    "CurveField",
    "DefinitionForm",
    "InfluenceForm",
    "KpiForm",
    "PercentField",
    "ReadingForm",
    "ReferenceForm",
    "ReviewForm",
    "SentOnce",
    "SmartForm",
    "StateForm",
    "VerdictForm",
    "WithdrawForm",
    "WithdrawalForm",
    "WorldForm",
    "day",
    "facts_of",
    "number",
    "plain",
    "reading_of",
]
