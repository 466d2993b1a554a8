"""Numbers as people write them, read exactly: a thousands separator only where it stands right, no exponent, no guess."""

import re
from dataclasses import dataclass, field
from decimal import Decimal

from exchange.reading.table import collapse

MOST_DIGITS = 18


@dataclass(frozen=True, slots=True)
class NumberRules:
    """`decimal` and `group` are the separators (a blank group is any space); `scale` multiplies (1000 for a column in
    thousands); `affixes` are units and signs of currency taken off either end, without case."""

    decimal: str = "."
    group: str = ","
    scale: Decimal = Decimal(1)
    affixes: tuple[str, ...] = ()
    _pattern: re.Pattern[str] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        group = r"[ '\u202f\u2019]" if self.group == " " else re.escape(self.group)
        whole = rf"[0-9]{{1,3}}(?:{group}[0-9]{{3}})+|[0-9]+" if self.group else "[0-9]+"
        object.__setattr__(
            self, "_pattern", re.compile(rf"([+-]?)\s?({whole})(?:{re.escape(self.decimal)}([0-9]+))?")
        )

    def read(self, raw: str) -> Decimal | None:
        """The exact number, or None for what is none: `ca. 200`, `1.5e3`, `nan`, `#DIV/0!`, `1.234,5` with a `.` decimal."""
        text = collapse(raw).replace("\u2212", "-")
        for affix in self.affixes:
            text = self._without(text, affix)
        match = self._pattern.fullmatch(text)
        if not match:
            return None
        sign, whole, fraction = match.groups()
        digits = re.sub(r"[^0-9]", "", whole)
        if len(digits) + len(fraction or "") > MOST_DIGITS:
            return None
        return (
            Decimal(f"{sign}{digits}.{fraction or 0}") * self.scale
            if fraction
            else Decimal(sign + digits) * self.scale
        )

    @staticmethod
    def _without(text: str, affix: str) -> str:
        folded, end = text.casefold(), affix.casefold()
        if end and folded.startswith(end):
            return text[len(affix) :].strip()
        if end and folded.endswith(end):
            return text[: -len(affix)].strip()
        # A sign may stand before the currency: -€5.
        if end and folded[:1] in ("-", "+") and folded[1:].startswith(end):
            return text[0] + text[1 + len(affix) :].strip()
        return text
