"""KPI definitions and versions, append-only measurements, status changes, and each KPI's outlook."""

from kpis.models.definitions import Kpi, KpiSpell, KpiVersion
from kpis.models.readings import Arrival, KpiFold, Measurement, Outlook, StatusChange

__all__ = ["Arrival", "Kpi", "KpiFold", "KpiSpell", "KpiVersion", "Measurement", "Outlook", "StatusChange"]
