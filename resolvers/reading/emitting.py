"""From a selection to SQL: objects of rows, of what is related to them, and of values inside documents.

The guard of every row and column stands in the text, on every level: :func:`where_sql` and :func:`column_sql` put it
there, and nothing here reads a row or a column in another way.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from resolvers.reading.declarations import Entity, Registry
from resolvers.reading.emitting_pages import page_sql
from resolvers.reading.emitting_values import looks_into_content, unknown_of_profile, value_field
from resolvers.reading.frames import (
    DaysRendering,
    Emission,
    Frame,
    NotCompiled,
    base64url,
    entity_of,
    selection_of,
)
from resolvers.reading.json_sql import column_leaf, literal, object_sql, or_missing
from resolvers.reading.listings import Listing
from resolvers.reading.selection import Asked, Choice, PageSelection, Selection
from resolvers.reading.shows import OfColumn, OfKey, OfMany, OfOne, OfPage, OfProfile, OfRow, OfWord
from resolvers.reading.slots import TODAY, FilterOf, ProfileOf, SuffixOf
from resolvers.reading.statements import Read, order_sql, where_sql

IN_FORCE: Final = "in_force"
"""The scope of everything that is read at today's state as known now."""


class Emitter:
    """Writes the objects of one statement. ``listings`` give shapes only: their values are slots."""

    def __init__(self, registry: Registry, listings: Sequence[Listing]) -> None:
        self.registry, self.listings = registry, listings
        self.emission = Emission()

    def rendering(self, days: int) -> DaysRendering:
        """Return the rendering for the days of a listing, or for today."""
        return DaysRendering(self.emission, days)

    def frame(self, entity: Entity, days: int) -> Frame:
        """Return a new frame over an entity, with a prefix of its own."""
        return Frame(self.rendering(days), days, entity, self.emission.prefix())

    def source(self, frame: Frame, *used: str) -> str:
        """Return the FROM clause of a frame over an entity, without joins that nothing in ``used`` looks into."""
        entity = entity_of(frame)
        source = entity.source
        for alias, join in entity.dispensable.items():
            if not any(f"{frame.prefix}{alias}." in text for text in used):
                source = source.replace(join, "")
        return frame.rendering.render(source, frame.prefix)

    def where(self, frame: Frame, read: Read) -> str:
        """Return guard, scope and filters of a frame; the values of the filters are slots."""
        return where_sql(frame.rendering, entity_of(frame), read, frame.prefix)

    def object(self, selection: Selection | Choice, frame: Frame) -> str:
        """Return the expression of one object; a document that several fields look into is unpacked once."""
        if isinstance(selection, Choice):
            return self._one_of(selection, frame)
        if frame.entity is not None and sum(map(looks_into_content, selection.asked)) > 1:
            unpacked = f"{frame.prefix}content"
            inner = replace(frame, content=f"{unpacked}.d")
            written = object_sql((one.key, self.field(one, inner)) for one in selection.asked)
            document = f"SELECT ({frame.column('content')}) || '{{}}'::jsonb AS d OFFSET 0"
            return f"(SELECT {written} FROM ({document}) {unpacked})"
        return object_sql((one.key, self.field(one, frame)) for one in selection.asked)

    def _one_of(self, choice: Choice, frame: Frame) -> str:
        """Return the object of the type that the tag of a value or of a row tells; of no known type: missing."""
        tag = f"{frame.value} ->> {literal(choice.tag)}" if frame.entity is None else frame.column(choice.tag)
        cases = " ".join(f"WHEN {literal(one)} THEN {self.object(selection, frame)}" for one, selection in choice.cases)
        return f"CASE {tag} {cases} ELSE {or_missing('NULL::text', required=True)} END"

    def field(self, asked: Asked, frame: Frame) -> str:
        """Return the expression of one field."""
        shown = asked.shown
        if isinstance(shown, OfWord):
            return literal(f'"{shown.text}"')
        if isinstance(shown, OfColumn):
            return self._column(asked, shown, frame)
        if isinstance(shown, OfKey):
            return self._key(shown, frame)
        if isinstance(shown, OfProfile):
            return self._profile(asked, shown, frame)
        if isinstance(shown, OfOne):
            return self._one(asked, shown, frame)
        if isinstance(shown, OfMany):
            return self._many(asked, shown, frame)
        if isinstance(shown, OfPage):
            return self._page(asked, shown, frame)
        if isinstance(shown, OfRow):
            return self.object(selection_of(asked), frame)
        return value_field(self, asked, frame)

    def _column(self, asked: Asked, shown: OfColumn, frame: Frame) -> str:
        if asked.form is None:
            raise NotCompiled(f"no form for {shown.name}")
        column = entity_of(frame).columns[shown.name]
        nullable = column.nullable or column.guard is not None
        expression = frame.column(shown.name)
        return column_leaf(expression, column.type, asked.form, nullable=nullable, required=asked.required)

    def _key(self, shown: OfKey, frame: Frame) -> str:
        suffix = ""
        if shown.dated and frame.days != TODAY:
            suffix = f" || {self.emission.place(SuffixOf(frame.days))}"
        text = f"{literal(f'1:{shown.kind}:')} || ({frame.column(shown.column)})::text{suffix}"
        octets = f"convert_to({text}, 'UTF8')"
        return f"concat('\"', {base64url(octets)}, '\"')"

    def _profile(self, asked: Asked, shown: OfProfile, frame: Frame) -> str:
        selection = selection_of(asked)
        table = self.emission.place(ProfileOf(shown.table, selection))
        code = frame.column(shown.column)
        unknown = unknown_of_profile(shown.table, selection, code)
        return f"coalesce({table} ->> ({code}), {unknown})"

    def related(self, entity: str, days: int) -> tuple[Frame, Read]:
        """Return a frame over a related entity and the read it is under; one with scopes is read at the days."""
        frame = self.frame(self.registry[entity], days)
        scope = ""
        if entity_of(frame).scopes:
            scope = self.listings[days].read.scope if days != TODAY else IN_FORCE
        return frame, Read(scope=scope)

    def one_row(self, asked: Asked, entity: str, foreign: str, key: str, days: int) -> str:
        """Return the object of the row whose column ``foreign`` is ``key``, or null."""
        frame, read = self.related(entity, days)
        written = self.object(selection_of(asked), frame)
        where = f"{self.where(frame, read)} AND {frame.column(foreign)} = {key}"
        found = f"SELECT {written} FROM {self.source(frame, written, where)} WHERE {where} LIMIT 1"
        return or_missing(f"({found})", required=asked.required)

    def _one(self, asked: Asked, shown: OfOne, frame: Frame) -> str:
        days = frame.days if shown.days == "same" else TODAY
        return self.one_row(asked, shown.entity, shown.foreign, frame.column(shown.local), days)

    def _many(self, asked: Asked, shown: OfMany, frame: Frame) -> str:
        below, read = self.related(shown.entity, TODAY)
        order = order_sql(
            below.rendering, entity_of(below), entity_of(below).orders[shown.order],
            backward=shown.backward, prefix=below.prefix,
        )  # fmt: skip
        if not isinstance(asked.below, Selection | Choice):
            raise NotCompiled(f"{asked.key} has no fields below it")
        written = f"string_agg({self.object(asked.below, below)}, ',' ORDER BY {order})"
        where = f"{self.where(below, read)} AND {below.column(shown.foreign)} = {frame.column(shown.local)}"
        where += f" AND {below.column(shown.only)}" if shown.only else ""
        found = f"SELECT {written} FROM {self.source(below, written, where)} WHERE {where}"
        return f"concat('[', ({found}), ']')"

    def _page(self, asked: Asked, shown: OfPage, frame: Frame) -> str:
        if not isinstance(asked.below, PageSelection):
            raise NotCompiled("a page without a page's fields")
        below, _ = self.related(shown.entity, TODAY)
        joined_by = f"{below.column(shown.foreign)} = {frame.column(shown.local)}"
        return page_sql(self, asked.below, asked.listing, below, joined_by)

    def read_of(self, number: int) -> Read:
        """Return the read of a listing with slots in place of the values of its filters."""
        read = self.listings[number].read
        return replace(read, filters={name: FilterOf(number, name) for name in read.filters})
