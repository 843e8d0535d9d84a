"""SOQL read by recursive descent: the part of the language that reading programs use."""

from __future__ import annotations

from typing import Final

from crmsync.sandbox.salesforce import refusals
from crmsync.sandbox.salesforce.syntax import (
    And,
    Comparison,
    Condition,
    Literal,
    Not,
    Or,
    Order,
    Path,
    Query,
)
from crmsync.sandbox.salesforce.tokens import Token, literal, tokens, unexpected

# "Maximum length of SOQL statements: 100,000 characters": SOQL and SOSL Limits, read 2026-11-21.
MAX_LENGTH: Final = 100_000
# OFFSET's largest value: SOQL and SOSL Reference, read 2026-11-21.
MAX_OFFSET: Final = 2000
# "FIELDS(ALL) … must have a LIMIT of at most 200": SOQL and SOSL Reference, read 2026-11-21.
MAX_ALL: Final = 200
_SIGNS: Final = ("=", "!=", "<>", "<", "<=", ">", ">=")
_FUNCTIONS: Final = frozenset(
    {"AVG", "COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "FORMAT", "TOLABEL", "GROUPING"}
)


def parse(text: str) -> Query:
    """Read a query.

    Raises:
        RefusedError: It is no SOQL, or of a part that the simulator does not know.
    """
    if len(text) > MAX_LENGTH:
        raise refusals.refused(400, "QUERY_TOO_COMPLICATED", "SOQL statement is too long")
    parser = _Parser(tokens(text))
    query = parser.query()
    if query.group in ("ALL", "CUSTOM") and (query.limit is None or query.limit > MAX_ALL):
        raise refusals.malformed(f"The SOQL FIELDS function must have a LIMIT of at most {MAX_ALL}")
    if query.offset > MAX_OFFSET:
        message = f"SOQL offset must not exceed {MAX_OFFSET}"
        raise refusals.refused(400, "NUMBER_OUTSIDE_VALID_RANGE", message)
    return query


class _Parser:
    """Reads tokens from the left to the right."""

    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._place = 0

    def query(self) -> Query:
        self._need("SELECT")
        query = self._selection()
        self._need("FROM")
        query = query._replace(entity=self._name())
        if self._take("WHERE"):
            query = query._replace(where=self._condition())
        if self._take("ORDER"):
            self._need("BY")
            query = query._replace(order=tuple(self._orders()))
        if self._take("LIMIT"):
            query = query._replace(limit=self._count())
        if self._take("OFFSET"):
            query = query._replace(offset=self._count())
        end = self._next()
        if end.kind != "end":
            raise unexpected(end.text, end.column)
        return query

    def _selection(self) -> Query:
        query, first = Query(""), True
        while first or self._take(","):
            query, first = self._selected(query), False
        written = [".".join(path).lower() for path in query.fields]
        if doubled := [name for name in written if written.count(name) > 1]:
            raise refusals.malformed(f"duplicate field selected: {doubled[0]}")
        if query.counting and query.fields:
            query = query._replace(counting=False, aggregates=True)
        return query

    def _selected(self, query: Query) -> Query:
        name = self._next()
        if name.kind != "name":
            raise unexpected(name.text, name.column)
        if not self._take("("):
            return query._replace(fields=(*query.fields, tuple(name.text.split("."))))
        word = name.text.upper()
        if word == "COUNT" and self._take(")"):
            return query._replace(counting=True)
        inside = self._name()
        self._need(")")
        if word == "FIELDS" and inside.upper() in ("ALL", "STANDARD", "CUSTOM"):
            return query._replace(group=inside.upper())
        if word not in _FUNCTIONS:
            raise refusals.invalid_field(f"unknown function: {name.text}")
        return query._replace(aggregates=True)

    def _condition(self) -> Condition:
        parts = [self._not()]
        word = "AND" if self._is("AND") else "OR"
        while self._take(word):
            parts.append(self._not())
        # Salesforce wants parentheses where AND and OR meet: the other word fits nowhere here.
        if len(parts) == 1:
            return parts[0]
        return And(tuple(parts)) if word == "AND" else Or(tuple(parts))

    def _not(self) -> Condition:
        if self._take("NOT"):
            return Not(self._not())
        if self._take("("):
            inside = self._condition()
            self._need(")")
            return inside
        return self._comparison()

    def _comparison(self) -> Comparison:
        path: Path = tuple(self._name().split("."))
        token = self._next()
        operator = token.text.upper()
        if operator in _SIGNS:
            sign = "!=" if operator == "<>" else operator
            return Comparison(path, sign, (literal(self._next()),))
        if operator == "LIKE":
            return Comparison(path, operator, (literal(self._next()),))
        if operator == "NOT":
            self._need("IN")
            return Comparison(path, "NOT IN", self._list())
        if operator == "IN":
            return Comparison(path, operator, self._list())
        raise unexpected(token.text, token.column)

    def _list(self) -> tuple[Literal, ...]:
        self._need("(")
        values = [literal(self._next())]
        while self._take(","):
            values.append(literal(self._next()))
        self._need(")")
        return tuple(values)

    def _orders(self) -> list[Order]:
        orders = [self._order()]
        while self._take(","):
            orders.append(self._order())
        return orders

    def _order(self) -> Order:
        path: Path = tuple(self._name().split("."))
        descending = self._take("DESC")
        if not descending:
            self._take("ASC")
        last = False
        if self._take("NULLS"):
            last = self._take("LAST")
            if not last:
                self._need("FIRST")
        return Order(path, descending, last)

    def _count(self) -> int:
        token = self._next()
        if token.kind != "number" or not token.text.isdecimal():
            raise unexpected(token.text, token.column)
        return int(token.text)

    def _name(self) -> str:
        token = self._next()
        if token.kind != "name":
            raise unexpected(token.text, token.column)
        return token.text

    def _next(self) -> Token:
        token = self._tokens[self._place]
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _is(self, word: str) -> bool:
        token = self._tokens[self._place]
        return token.kind in ("name", "sign") and token.text.upper() == word

    def _take(self, word: str) -> bool:
        found = self._is(word)
        self._place += found
        return found

    def _need(self, word: str) -> None:
        if not self._take(word):
            token = self._tokens[self._place]
            raise unexpected(token.text, token.column)
