"""The glide path of a pilot's primary KPI, small for a row or a card: that of its initiative."""

from kpis.charts import Drawn, paths_of

__all__ = ["Drawn", "paths_of"]
