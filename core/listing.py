"""Lists said once: which filters, orders and search a record has, for its page and its API alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet
from django.http import QueryDict

from core.errors import Item, Problem

OPS = {"": "", "in": "__in", "gte": "__gte", "lte": "__lte", "isnull": "__isnull"}
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. `kind`: id, ref, choice, text, date, decimal, int, bool, or subtree (a unit and below).

    `choices` for kind choice; `prefix` for kind ref (`AI` accepts `AI-0042` and `42`).
    """

    lookup: str
    kind: str
    choices: tuple[str, ...] = ()
    prefix: str = ""
    ops: tuple[str, ...] = ("", "in")


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list offers. `orders`: public name -> field; `search`: fields that `q` looks into."""

    filters: Mapping[str, Filter]
    orders: Mapping[str, str]
    default: str = "-id"
    search: tuple[str, ...] = ()
    nullable: frozenset[str] = frozenset()  # fields of `orders` that may be null

    def apply(self, rows: QuerySet[Any], params: QueryDict, ignore: Iterable[str] = ()) -> QuerySet[Any]:
        """Filter by the parameters. An unknown one is refused with the list of known ones."""
        ignored = {*ignore, "q", "ordering"}
        for name in params:
            if name not in ignored:
                rows = rows.filter(self._one(name, params.getlist(name)))
        words = params.get("q", "").strip()
        if words:
            rows = rows.filter(self.matching(words))
        return rows

    def matching(self, words: str) -> Q:
        """Rows in which every word occurs in one of the searched fields."""
        if len(words) > 200 or "\x00" in words:
            raise _bad("q", "Search for at most 200 characters.")
        every = Q()
        for word in words.split():
            some = Q()
            for field in self.search:
                some |= Q(**{f"{field}__icontains": word})
            number = word.rpartition("-")[2]
            if number.isascii() and number.isdigit() and len(number) < 18:
                some |= Q(pk=int(number))
            every &= some
        return every

    def ordering(self, params: QueryDict) -> list[tuple[str, bool]]:
        """The order asked for as (field, descending), always ending with the id so that it is total."""
        out: list[tuple[str, bool]] = []
        for part in (params.get("ordering") or self.default).split(","):
            name = part.strip()
            field = "pk" if name.lstrip("-") == "id" else self.orders.get(name.lstrip("-"))
            if field is None:
                known = ", ".join(sorted({*self.orders, "id"}))
                raise _bad("ordering", f"{name[:40]!r} is no order here. Known: {known}.")
            out.append((field, name.startswith("-")))
        if out[-1][0] != "pk":
            out.append(("pk", out[-1][1]))
        return out

    def order(self, rows: QuerySet[Any], params: QueryDict) -> QuerySet[Any]:
        """Rows in the order asked for, empty values last."""
        return rows.order_by(*self.terms(self.ordering(params)))

    def terms(self, ordering: list[tuple[str, bool]], *, reverse: bool = False) -> list[OrderBy]:
        """ORDER BY terms; nulls last where a field can be null (first when read backwards)."""
        out = []
        for field, descending in ordering:
            nullable = field in self.nullable
            last = True if nullable and not reverse else None
            first = True if nullable and reverse else None
            down = descending != reverse
            out.append(
                F(field).desc(nulls_last=last, nulls_first=first)
                if down
                else F(field).asc(nulls_last=last, nulls_first=first)
            )
        return out

    def _one(self, param: str, values: list[str]) -> Q:
        name, _, op = param.partition("__")
        item = self.filters.get(name)
        if item is None or op not in item.ops or op not in OPS:
            known = ", ".join(sorted(self.filters))
            raise _bad(param, f"There is no filter {param[:60]!r} here. Known: {known}.")
        if len(values) > 1 and op == "":
            op = "in"
        raw = ",".join(values)
        if raw == "" and op == "":
            return Q()
        if op == "isnull":
            return Q(**{f"{item.lookup}__isnull": read_bool(param, raw)})
        if op == "in":
            parts = [v.strip() for v in raw.split(",") if v.strip()]
            if len(parts) > 200:
                raise _bad(param, "Give at most 200 values.")
            return Q(**{f"{item.lookup}__in": [self._value(param, item, v) for v in parts]})
        value = self._value(param, item, raw)
        if item.kind == "subtree":
            return Q(**{f"{item.lookup}__contains": f"/{value}/"})
        if item.kind == "text":
            return Q(**{f"{item.lookup}__iexact": value})
        return Q(**{f"{item.lookup}{OPS[op]}": value})

    @staticmethod
    def _value(param: str, item: Filter, raw: str) -> Any:
        if "\x00" in raw or len(raw) > 400:
            raise _bad(param, "That value cannot be read.")
        match item.kind:
            case "id" | "int" | "subtree":
                return read_int(param, raw)
            case "ref":
                return read_int(param, raw.upper().removeprefix(f"{item.prefix}-"))
            case "choice":
                if raw not in item.choices:
                    raise _bad(param, f"{raw[:40]!r} is not one of: {', '.join(item.choices)}.")
                return raw
            case "date":
                return read_date(param, raw)
            case "decimal":
                return read_decimal(param, raw)
            case "bool":
                return read_bool(param, raw)
        return raw


def read_int(param: str, raw: str) -> int:
    if not (raw.isascii() and raw.isdigit() and len(raw) < 20 and int(raw) <= MAX_ID):
        raise _bad(param, f"{raw[:40]!r} is not a whole number.")
    return int(raw)


def read_bool(param: str, raw: str) -> bool:
    if raw not in {"true", "false"}:
        raise _bad(param, "Write true or false.")
    return raw == "true"


def read_date(param: str, raw: str) -> date:
    """A day between 1900 and 2200, as YYYY-MM-DD."""
    try:
        day = date.fromisoformat(raw) if len(raw) == 10 else None
    except ValueError:
        day = None
    if day is None or not FIRST_DAY <= day <= LAST_DAY:
        raise _bad(param, f"{raw[:40]!r} is no such day. Write YYYY-MM-DD, from 1900 to 2200.")
    return day


def read_decimal(param: str, raw: str) -> Decimal:
    try:
        value = Decimal(raw) if len(raw) <= 40 else None
    except InvalidOperation:
        value = None
    if value is None or not value.is_finite() or abs(value.adjusted()) > 26:
        raise _bad(param, f"{raw[:40]!r} is not a number that can be kept.")
    return value


def _bad(param: str, detail: str) -> Problem:
    return Problem(400, "invalid_parameter", detail, (Item(f"?{param[:60]}", "invalid_parameter", detail),))
