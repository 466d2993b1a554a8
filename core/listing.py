"""Lists said once: which filters, orders and search a record has, for its page and its API alike."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import F, OrderBy, Q, QuerySet
from django.http import QueryDict

from core.values import FIRST_DAY as FIRST_DAY
from core.values import LAST_DAY as LAST_DAY
from core.values import MAX_ID as MAX_ID
from core.values import read_bool as read_bool
from core.values import read_date as read_date
from core.values import read_decimal as read_decimal
from core.values import read_int as read_int
from core.values import read_words, wrong

OPS = {"": "", "in": "__in", "gte": "__gte", "lte": "__lte", "isnull": "__isnull"}
MAX_VALUES, MAX_ORDERS = 200, 5


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter. `kind`: id, ref, choice, text, date, decimal, int, bool, null or subtree.

    `choices` for kind choice; `prefix` for kind ref (`AI` accepts `AI-0042` and `42`); null: true finds the rows
    where `lookup` is empty; subtree: a unit and below, `lookup` leading to its path. `many`: the lookup crosses to
    several rows, which must not double the row found.
    """

    lookup: str
    kind: str
    choices: tuple[str, ...] = ()
    prefix: str = ""
    ops: tuple[str, ...] = ("", "in")
    many: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list offers. `orders`: public name -> field; `search`: fields that `q` looks into.

    `computed`: fields of `orders` that are expressions, added to the rows only when ordered by.
    """

    filters: Mapping[str, Filter]
    orders: Mapping[str, str]
    default: str = "-id"
    search: tuple[str, ...] = ()
    nullable: frozenset[str] = frozenset()  # fields of `orders` that may be null
    computed: Mapping[str, Any] = field(default_factory=dict)

    def apply(self, rows: QuerySet[Any], params: QueryDict, ignore: Iterable[str] = ()) -> QuerySet[Any]:
        """Filter by the parameters. An unknown one is refused with the list of known ones."""
        ignored = {*ignore, "q", "ordering"}
        for name in params:
            if name not in ignored:
                found = self.one(name, params.getlist(name))
                if found and self.filters[name.partition("__")[0]].many:
                    found = Q(pk__in=rows.model._default_manager.filter(found).values("pk"))
                rows = rows.filter(found)
        words = read_words("q", params.get("q", ""))
        if words:
            rows = rows.filter(self.matching(words))
        return rows

    def matching(self, words: list[str]) -> Q:
        """Rows in which every word occurs in one of the searched fields."""
        every = Q()
        for word in words:
            some = Q(pk__in=[])
            caseless = word.upper() == word.lower()  # a number: no row's text is turned to capitals for it
            for place in self.search:
                some |= Q(**{f"{place}__{'contains' if caseless else 'icontains'}": word})
            number = word.rpartition("-")[2]
            if number.isascii() and number.isdigit() and len(number) < 18:
                some |= Q(pk=int(number))
            every &= some
        return every

    def ordering(self, params: QueryDict) -> list[tuple[str, bool]]:
        """The order asked for as (field, descending), always ending with the id so that it is total."""
        out: list[tuple[str, bool]] = []
        parts = (params.get("ordering") or self.default).split(",")
        if len(parts) > MAX_ORDERS:
            raise wrong("ordering", f"Order by at most {MAX_ORDERS} fields.")
        for part in parts:
            name = part.strip()
            by = "pk" if name.removeprefix("-") == "id" else self.orders.get(name.removeprefix("-"))
            if by is None:
                known = ", ".join(sorted({*self.orders, "id"}))
                raise wrong("ordering", f"{name[:40]!r} is no order here. Known: {known}.")
            out.append((by, name.startswith("-")))
        out.append(("pk", out[-1][1]))
        first = next(place for place, (by, _) in enumerate(out) if by == "pk")
        return out[: first + 1]  # nothing after the id can matter

    def order(self, rows: QuerySet[Any], params: QueryDict) -> QuerySet[Any]:
        """Rows in the order asked for, empty values last."""
        ordering = self.ordering(params)
        return self.prepare(rows, ordering).order_by(*self.terms(ordering))

    def prepare(self, rows: QuerySet[Any], ordering: list[tuple[str, bool]]) -> QuerySet[Any]:
        """The rows with the expressions that this order needs."""
        needed = {by: self.computed[by] for by, _ in ordering if by in self.computed}
        return rows.annotate(**needed) if needed else rows

    def terms(self, ordering: list[tuple[str, bool]], *, reverse: bool = False) -> list[OrderBy]:
        """ORDER BY terms; nulls last where a field can be null (first when read backwards)."""
        out = []
        for by, descending in ordering:
            nullable = by in self.nullable
            last = True if nullable and not reverse else None
            first = True if nullable and reverse else None
            term = F(by)
            down = descending != reverse
            out.append((term.desc if down else term.asc)(nulls_last=last, nulls_first=first))
        return out

    def one(self, param: str, values: list[str]) -> Q:
        """One parameter as a condition. An unknown one, or a value that cannot be read, is a Problem 400."""
        name, _, op = param.partition("__")
        item = self.filters.get(name)
        if item is None or op not in item.ops or op not in OPS:
            known = ", ".join(sorted(self.filters))
            raise wrong(param, f"There is no filter {param[:60]!r} here. Known: {known}.")
        several = op == "in" or len(values) > 1
        raw = ",".join(values)
        if raw == "" and op == "":
            return Q()
        if op == "isnull":
            return Q(**{f"{item.lookup}__isnull": read_bool(param, raw)})
        if several:
            if "in" not in item.ops:
                raise wrong(param, f"Give {name} once, with one value.")
            parts = [v.strip() for v in raw.split(",") if v.strip()]
            if len(parts) > MAX_VALUES:
                raise wrong(param, f"Give at most {MAX_VALUES} values.")
            read = [self._value(param, item, v) for v in parts]
            if item.kind != "subtree":
                return Q(**{f"{item.lookup}__in": read})
            return reduce(or_, (Q(**{f"{item.lookup}__contains": f"/{v}/"}) for v in read), Q(pk__in=[]))
        value = self._value(param, item, raw)
        match item.kind:
            case "subtree":
                return Q(**{f"{item.lookup}__contains": f"/{value}/"})
            case "text":
                return Q(**{f"{item.lookup}__iexact": value})
            case "null":
                return Q(**{f"{item.lookup}__isnull": value})
        return Q(**{f"{item.lookup}{OPS[op]}": value})

    @staticmethod
    def _value(param: str, item: Filter, raw: str) -> Any:
        if "\x00" in raw or len(raw) > 400:
            raise wrong(param, "That value cannot be read.")
        match item.kind:
            case "id" | "int" | "subtree":
                return read_int(param, raw)
            case "ref":
                return read_int(param, raw.upper().removeprefix(f"{item.prefix}-"))
            case "choice":
                if raw not in item.choices:
                    raise wrong(param, f"{raw[:40]!r} is not one of: {', '.join(item.choices)}.")
                return raw
            case "date":
                return read_date(param, raw)
            case "decimal":
                return read_decimal(param, raw)
            case "bool" | "null":
                return read_bool(param, raw)
        return raw
