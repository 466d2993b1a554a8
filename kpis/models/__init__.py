"""KPI definitions and versions, append-only measurements, status changes, and each KPI's outlook."""

from kpis.models.definitions import Kpi, KpiVersion
from kpis.models.readings import Measurement, Outlook, StatusChange

__all__ = ["Kpi", "KpiVersion", "Measurement", "Outlook", "StatusChange"]
