"""Pictures of KPIs: the small paths of lists, the path of a page on paper, and the series that Plotly draws."""

from kpis.charts.glide import Drawn, path_of, paths_of, small_paths
from kpis.charts.series import series_chart

__all__ = ["Drawn", "path_of", "paths_of", "series_chart", "small_paths"]
