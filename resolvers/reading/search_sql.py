"""The SQL of a search: how a query in normal form becomes predicates, ranks and gram queries; values are parameters."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import product
from typing import Any, Final

from domain.search_text import SHORT_NAME, Query, leading_grams, term_grams
from resolvers.reading.search_index import dimension_token
from resolvers.reading.statements import Rendering

TIERS: Final = 7
"""Ranks: 0 code, 1 name, 2 beginning of name or code, 3 in a short name, 4 in a name or code, 5 body or law, 6 other."""

EXACT_CODE, EXACT_NAME, LEADING, SHORT, NAMED, NEAR, OTHER = range(TIERS)
LAST_CHARACTER: Final = "\U0010ffff"
NAME: Final = ("name_key", "sub_key")
NAMED_FIELDS: Final = (*NAME, "code_key")
NEAR_FIELDS: Final = (*NAMED_FIELDS, "near_key")
ALL_FIELDS: Final = (*NEAR_FIELDS, "other_key")
DIMENSIONS: Final = {"body": "body_code", "category": "category", "status": "status", "level": "level"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search: its query, the values of its filters by dimension, and filters that no gram knows."""

    query: Query
    dimensions: Mapping[str, Sequence[object]]
    law_article: tuple[int, str] | None = None
    updated_since: Any = None


def _quoted(lexeme: str) -> str:
    """Return a lexeme as the text form of a tsquery wants it."""
    escaped = lexeme.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _all(lexemes: Iterable[str]) -> str:
    """Return the conjunction of lexemes; in grams of a normal form there is nothing to escape."""
    found = "' & '".join(lexemes)
    return f"'{found}'"


@lru_cache(maxsize=256)
def _everywhere(fields: Sequence[str], terms: Sequence[str]) -> str:
    """Return the predicate that every term, given by its placeholder, is in one of the fields."""
    found = [" OR ".join([f"strpos(s.{field}, {term}) > 0" for field in fields]) for term in terms]
    return " AND ".join([f"({one})" for one in found])


@lru_cache(maxsize=256)
def _tier(terms: Sequence[str], phrase: str) -> str:
    """Return the expression of a version's tier for these placeholders of terms and phrase."""
    leading = " OR ".join(f"starts_with(s.{field}, {phrase})" for field in NAMED_FIELDS)
    return (
        f"CASE WHEN s.code_key = {phrase} THEN {EXACT_CODE}"
        f" WHEN s.name_key = {phrase} OR s.sub_key = {phrase} THEN {EXACT_NAME}"
        f" WHEN {leading} THEN {LEADING}"
        f" WHEN s.length <= {SHORT_NAME} AND {_everywhere(NAME, terms)} THEN {SHORT}"
        f" WHEN {_everywhere(NAMED_FIELDS, terms)} THEN {NAMED}"
        f" WHEN {_everywhere(NEAR_FIELDS, terms)} THEN {NEAR}"
        f" WHEN {_everywhere(ALL_FIELDS, terms)} THEN {OTHER} END"
    )


def _any(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else "(" + " | ".join(f"({part})" for part in parts) + ")"


def _branches(terms: Sequence[str], prefixes: str) -> list[str]:
    """Return one conjunction for each way in which the terms can lie in the fields.

    Only codes are plain ASCII, so other terms skip them. More than two terms need no grams: the two longest find,
    and the normal forms decide about the others.
    """
    finding = sorted(terms, key=len, reverse=True)[:2]
    ways = [[prefix for prefix in prefixes if prefix != "c" or term.isascii()] for term in finding]
    return [
        " & ".join(_all(term_grams(prefix, term)) for prefix, term in zip(way, finding, strict=True))
        for way in product(*ways)
    ]


def gram_queries(asked: Asked, tier: int | None = None) -> list[str]:
    """Return tsquery texts that together find every version of a tier (None: of any), and some that are none.

    Each is a conjunction, with the filters in it: an index walks along the rarest gram of a conjunction, while it
    looks at nearly everything for a disjunction of common grams.
    """
    terms, phrase = asked.query.terms, asked.query.phrase
    if tier in (EXACT_NAME, LEADING):
        branches = [_all(leading_grams(phrase))]
    elif tier == SHORT:
        branches = [" & ".join(_all(term_grams("s", term)) for term in terms)]
    else:
        branches = _branches(terms, {NAMED: "nc", NEAR: "ncx"}.get(tier, "ncxo") if tier is not None else "ncxo")
    filters = [
        _any([_quoted(dimension_token(dimension, value)) for value in values])
        for dimension, values in asked.dimensions.items()
    ]
    return [" & ".join((branch, *filters)) for branch in branches]


class SearchSql:
    """The predicates of one search over ``power_search s``, bound to one statement."""

    def __init__(self, statement: Rendering, asked: Asked) -> None:
        self.statement = statement
        self.asked = asked

    @cached_property
    def _terms(self) -> tuple[str, ...]:
        """The placeholders of the terms, added when a predicate first needs them."""
        return tuple([self.statement.add(term, "text") for term in self.asked.query.terms])

    @cached_property
    def _phrase(self) -> str:
        """The placeholder of the phrase, added when a predicate first needs it."""
        if len(self._terms) == 1:
            return self._terms[0]
        return self.statement.add(self.asked.query.phrase, "text")

    @property
    def tier(self) -> str:
        """The expression of a version's tier; NULL when it does not match. This, not the grams, decides."""
        return _tier(self._terms, self._phrase)

    @property
    def matches(self) -> str:
        """The predicate that a version matches at all."""
        return _everywhere(ALL_FIELDS, self._terms)

    def grams(self, tier: int | None = None) -> str:
        """Return the predicate that the index answers."""
        if tier == EXACT_CODE:
            return f"s.code_key = {self._phrase}"
        found = " OR ".join(
            f"s.tokens @@ {self.statement.add(one, 'tsquery')}" for one in gram_queries(self.asked, tier)
        )
        if tier != LEADING or not self.asked.query.phrase.isascii():
            return f"({found})"
        # The beginning of a code is common to thousands: a range of its index, not grams.
        beyond = self.statement.add(self.asked.query.phrase + LAST_CHARACTER, "text")
        return f"({found} OR (s.code_key >= {self._phrase} AND s.code_key < {beyond}))"

    def filters(self) -> str:
        """Return the predicate of all filters, over columns: it decides, with or without grams."""
        parts = ["true"]
        for dimension, values in self.asked.dimensions.items():
            if dimension == "law":
                law = self.statement.add(values[0], "bigint")
                parts.append(
                    f"EXISTS (SELECT 1 FROM power_basis b WHERE b.version_id = s.version_id AND b.law_id = {law})"
                )
            elif dimension == "government":
                parts.append(f"s.government_id = ANY({self.statement.add(list(values), 'bigint[]')})")
            else:
                listed = self.statement.add(list(values), "text[]")
                parts.append(f"s.{DIMENSIONS[dimension]} = ANY({listed})")
        if self.asked.law_article is not None:
            law = self.statement.add(self.asked.law_article[0], "bigint")
            article = self.statement.add(self.asked.law_article[1], "text")
            parts.append(
                "EXISTS (SELECT 1 FROM power_basis b WHERE b.version_id = s.version_id"
                f" AND b.law_id = {law} AND b.article = {article})"
            )
        if self.asked.updated_since is not None:
            since = self.statement.add(self.asked.updated_since, "timestamptz")
            parts.append(
                f"EXISTS (SELECT 1 FROM power_version w WHERE w.id = s.version_id AND w.recorded_at >= {since})"
            )
        return " AND ".join(parts)
