"""Colours and markers for chart specs: the light value of each token, which is valid in print and for Plotly.

`static/js/charts.js` swaps each for the token's value in the theme shown; a test keeps this equal to
`static/css/tokens.css`. One hex means one role.
"""

from core import vocabulary

LIGHT: dict[str, str] = {
    "paper": "#fbfaf7",
    "surface": "#ffffff",
    "sunken": "#f2f1ec",
    "line": "#dfddd5",
    "line-strong": "#87857c",
    "ink": "#1a1c21",
    "ink-2": "#4b4e56",
    "ink-3": "#65686f",
    "neutral": "#5d6068",
    "accent": "#23509b",
    "accent-soft": "#e8eef8",
    "good": "#1c6b50",
    "good-soft": "#e4f0ea",
    "warn": "#8a5400",
    "warn-soft": "#f8eeda",
    "bad": "#a82a24",
    "bad-soft": "#f9e6e3",
    "unknown": "#5a4a8c",
    "unknown-soft": "#edeaf6",
    "hatch": "#a99fcb",
}
_OF_ROLE = {"none": "ink-3"}
# Plotly symbols nearest to the badge shapes; a hollow badge is a hollow marker.
_SYMBOLS = {
    "dot": "circle", "dot-check": "circle-dot", "tri": "triangle-up", "tri-o": "triangle-up-open", "sq": "square",
    "sq-x": "square-x", "oct": "octagon", "oct-o": "octagon-open", "oct-bar": "octagon-dot", "hatch": "circle-x-open",
    "clock": "circle-open-dot", "ring-dash": "circle-open", "open": "circle-open", "ring": "circle-open",
    "dia": "diamond-open", "dots": "diamond-open",
}  # fmt: skip


def colour(kind: str, code: str) -> str:
    """The light hex of a status."""
    role = vocabulary.status(kind, code).role
    return LIGHT[_OF_ROLE.get(role, role)]


def symbol(kind: str, code: str, *, hollow: bool = False) -> str:
    """The Plotly marker symbol of a status; `hollow` draws it open (nothing validated)."""
    found = _SYMBOLS.get(vocabulary.status(kind, code).shape, "circle-open")
    return found if not hollow or "-open" in found else f"{found}-open"
