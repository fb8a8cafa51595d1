"""JSON written by SQL: literals, objects, leaves. Every expression here gives text (or json) and is never NULL.

A constant is put into the text of a statement only when it comes from a declaration, or is a response key, which the
grammar of GraphQL keeps to letters, digits and underscores.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, Final

from resolvers.reading.selection import Form, Names

MISSING: Final = "chr(1)"
"""Stands where the contract allows no null and there is nothing: JSON text never holds this character unescaped."""

MISSING_BYTE: Final = b"\x01"
NULL: Final = "'null'"
_MOST_ARGUMENTS: Final = 90
"""A call of PostgreSQL takes a hundred arguments."""

_KEY: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")


class WrongKey(ValueError):
    """A response key that is no plain name."""


def literal(text: str) -> str:
    """Return a declared text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def key_text(key: str) -> str:
    """Return a response key as it stands in an object. Raises ``WrongKey`` for anything but a plain name."""
    if not _KEY.fullmatch(key):
        raise WrongKey(key)
    return f'"{key}":'


def joined(parts: Sequence[str]) -> str:
    """Return the expression that strings its parts together; neighbouring literals become one."""
    merged: list[str] = []
    for part in parts:
        if merged and _is_literal(part) and _is_literal(merged[-1]):
            merged[-1] = merged[-1][:-1] + part[1:]
        else:
            merged.append(part)
    while len(merged) > _MOST_ARGUMENTS:
        step = _MOST_ARGUMENTS
        merged = [f"concat({', '.join(merged[at : at + step])})" for at in range(0, len(merged), step)]
    return merged[0] if len(merged) == 1 else f"concat({', '.join(merged)})"


def _is_literal(part: str) -> bool:
    return part.startswith("'") and part.endswith("'") and "'" not in part[1:-1].replace("''", "")


def object_sql(fields: Iterable[tuple[str, str]]) -> str:
    """Return the expression of an object with these keys and values."""
    parts: list[str] = []
    for key, value in fields:
        parts += [literal(("," if parts else "{") + key_text(key)), value]
    return joined([*parts, "'}'"]) if parts else "'{}'"


def or_missing(expression: str, *, required: bool) -> str:
    """Return the expression with a stand-in for NULL: null, or the sign that the contract is broken."""
    return f"coalesce({expression}, {MISSING if required else NULL})"


def _moment(expression: str) -> str:
    """Write a moment as Python does, in the session's zone: no fraction where there is none, else six digits."""
    form = f"CASE WHEN date_trunc('second', {expression}) = {expression} THEN '{_SECONDS}' ELSE '{_MICROS}' END"
    return f"to_json(to_char({expression}, {form}))::text"


_SECONDS: Final = 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'
_MICROS: Final = 'YYYY-MM-DD"T"HH24:MI:SS.USTZH:TZM'


def utc_moment(expression: str) -> str:
    """Write a moment as a cursor holds it: in UTC, as Python writes it."""
    at = f"({expression} AT TIME ZONE 'UTC')"
    form = f"CASE WHEN date_trunc('second', {at}) = {at} THEN 'YYYY-MM-DD\"T\"HH24:MI:SS' ELSE 'YYYY-MM-DD\"T\"HH24:MI:SS.US' END"
    return f"to_json(to_char({at}, {form}) || '+00:00')::text"


def _named(expression: str, names: Names) -> str:
    cases = " ".join(f"WHEN {literal(value)} THEN {literal(chr(34) + name + chr(34))}" for value, name in names.pairs)
    return f"CASE WHEN {expression} IS NULL THEN NULL ELSE CASE {expression} {cases} ELSE {MISSING} END END"


def column_leaf(expression: str, kind: str, form: Form, *, nullable: bool, required: bool) -> str:
    """Return a column written in a form; ``kind`` is its SQL type, ``nullable`` whether it may be NULL."""
    if isinstance(form, Names):
        written = _named(expression, form)
    elif form == "moment":
        written = _moment(expression)
    elif form == "integer":
        # GraphQL's Int has 32 bits; what is larger is the ordinary executor's to refuse.
        small = f"CASE WHEN {expression} BETWEEN -2147483648 AND 2147483647 THEN ({expression})::text"
        written = (
            f"{small} WHEN {expression} IS NOT NULL THEN {MISSING} END" if kind == "bigint" else f"({expression})::text"
        )
    elif form in ("texts", "integers"):
        written = f"array_to_json({expression})::text"
    else:
        written = f"to_json({expression})::text" if kind != "numeric" else f"to_json(({expression})::text)::text"
    return or_missing(written, required=required) if nullable else written


def attribute_leaf(value: str, name: str, default: Any, form: Form, *, required: bool) -> str:
    """Return an attribute of a jsonb value; ``default`` (plain JSON) is what is meant where it is left out."""
    if isinstance(form, Names):
        known = dict(form.pairs)
        absent = literal(f'"{known[default]}"') if default in known else or_missing("NULL::text", required=required)
        return f"coalesce({_named(f'({value} ->> {literal(name)})', form)}, {absent})"
    if form == "moment":
        return or_missing(_moment(f"({value} ->> {literal(name)})::timestamptz"), required=required)
    return f"coalesce(({value} -> {literal(name)})::text, {literal(json.dumps(default, ensure_ascii=False))})"
