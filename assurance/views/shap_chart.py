"""What weighs most, drawn: the mean of |SHAP value| by feature, as a plain chart spec."""

from decimal import Decimal
from typing import Any, Final

from assurance.models import ShapFile
from core.plot.palette import LIGHT
from core.wording import plural

SHOWN: Final = 15
LONGEST: Final = 28


def importance_chart(row: ShapFile) -> dict[str, Any]:
    """Bars, the largest on top; the table below has every feature."""
    top = row.importance[:SHOWN][::-1]
    names = [_short(name) for name, _ in top]
    values = [float(Decimal(mean)) for _, mean in top]
    first = row.importance[0]
    return {
        "id": "shap", "title": "Mean of the absolute SHAP value", "size": "h-s" if len(names) <= 8 else "h-m",
        "summary": f"{first[0]} weighs most, {_said(first[1])} on average over {plural(row.rows, 'decision')}",
        "spec": {
            "data": [
                {
                    # Two long names may be cut to the same words, so bars stand by place and are named beside.
                    "type": "bar", "orientation": "h", "x": values, "y": list(range(len(names))),
                    "marker": {"color": LIGHT["accent"]}, "hovertemplate": "%{x:.4g}<extra></extra>",
                }
            ],
            "layout": {
                "height": 64 + 22 * len(names), "margin": {"l": 190, "r": 24, "t": 8, "b": 36},
                "xaxis": {"rangemode": "tozero", "nticks": 5, "title": {"text": "mean |SHAP value|"}},
                "yaxis": {"tickvals": list(range(len(names))), "ticktext": [_plain(name) for name in names], "showgrid": False},
            },
            "narrow": {"margin": {"l": 130, "r": 12}},
        },
        "columns": [("Feature", False), ("Mean |SHAP value|", True)],
        "rows": [[name, _said(mean)] for name, mean in row.importance],
    }  # fmt: skip


def _said(mean: str) -> str:
    return format(Decimal(mean), ".4g")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def _plain(name: str) -> str:
    """Chart labels know a few tags: a name is text."""
    return name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
