"""A small private registry, data for it, and what an actor may see of it, worked out in plain Python.

Departments are seen by those who work there (and everybody sees the open ones), their sections by the own department,
desks by inspectors; the phone of a department is for inspectors, its parent for officials. Nothing of it is ours:
the entities stand on the tables of bodies, units and posts, since these are there.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from domain.actors import Actor, Posting
from resolvers.context import Context, unit_of_work
from resolvers.organisation import NewPost, add_unit
from resolvers.reading import Column, Entity, Filter, Order, Registry, Relation
from tests import factories

INSPECTOR: Final = "'inspector' = ANY(:actor_roles)"

DEPARTMENT: Final = Entity(
    name="department",
    source="body {b}",
    key="id",
    guard="{b}.code = ANY(:actor_bodies) OR {b}.kind = 'authorised'",
    stamp="{b}.id::text || {b}.xmin::text",
    columns={
        "id": Column("{b}.id", "bigint"),
        "code": Column("{b}.code"),
        "city_id": Column("{b}.government_id", "bigint"),
        "parent_id": Column("{b}.parent_id", "bigint", nullable=True),
        "boss_id": Column("{b}.parent_id", "bigint", guard=":actor_kind = 'official'", nullable=True),
        "phone": Column("{b}.contact_phone", guard=INSPECTOR),
        "duties": Column("{b}.duties", "text[]", guard=INSPECTOR),
    },
    filters={
        "phone": Filter("{b}.contact_phone = :value", columns=("phone",)),
        "code": Filter("{b}.code = ANY(:value)", "text[]", ("code",)),
    },
    orders={"code": Order(("code", "id")), "backward": Order(("code", "id"), descending=True)},
    relations={"sections": Relation("has_many", "section", "id", "department_id", "id")},
)
SECTION: Final = Entity(
    name="section",
    source="unit {u} JOIN body {b} ON {b}.id = {u}.body_id",
    key="id",
    guard="{b}.code = ANY(:actor_bodies)",
    columns={
        "id": Column("{u}.id", "bigint"),
        "department_id": Column("{u}.body_id", "bigint"),
        "name": Column("{u}.name"),
    },
    orders={"id": Order(("id",))},
)
DESK: Final = Entity(
    name="desk",
    source="post {p}",
    key="id",
    guard=INSPECTOR,
    columns={
        "id": Column("{p}.id", "bigint"),
        "section_id": Column("{p}.unit_id", "bigint"),
        "name": Column("{p}.name"),
        "duty": Column("{p}.duty", guard=":actor_kind = 'system'"),
    },
    orders={"id": Order(("id",))},
)
CITY: Final = Entity(
    name="city",
    source="government {g}",
    key="id",
    guard="true",
    stamp="{g}.id::text || {g}.xmin::text",
    columns={
        "id": Column("{g}.id", "bigint"),
        "name": Column("{g}.name"),
        "secret": Column("{g}.short_name", guard=INSPECTOR),
        # A whole document that only inspectors may look into.
        "content": Column("jsonb_build_object('word', {g}.short_name)", "jsonb", guard=INSPECTOR, nullable=True),
    },
    orders={"id": Order(("id",))},
)
REGISTRY: Final = Registry((DEPARTMENT, SECTION, DESK, CITY))

Row = dict[str, Any]


@dataclass
class Data:
    """All rows, as the tables hold them."""

    cities: list[Row] = field(default_factory=list)
    departments: list[Row] = field(default_factory=list)
    sections: list[Row] = field(default_factory=list)
    desks: list[Row] = field(default_factory=list)


async def build(ctx: Context) -> Data:
    """Fill a database: two cities, six departments of both kinds, sections and desks in each."""
    data = Data()
    parent: int | None = None
    for place, code in enumerate(("990100", "990200")):
        city = await factories.government(ctx, division_code=code, name=f"市{place}", short_name=f"密{place}")
        data.cities.append({"id": city.id, "name": city.name, "secret": city.short_name})
        for number in (1, 2, 3):
            kind = "authorised" if number == 3 else "statutory"
            made = await factories.body(
                ctx, city, code=f"{code}-{number}", number=f"00{number}", kind=kind, parent_id=parent,
                contact_phone=f"0{place}{number}", duties=(f"职{number}",),
            )  # fmt: skip
            data.departments.append(
                {"id": made.id, "code": made.code, "city_id": city.id, "parent_id": parent, "boss_id": parent,
                 "phone": made.contact_phone, "duties": list(made.duties), "kind": kind}
            )  # fmt: skip
            parent = made.id
            for name in ("甲科", "乙科"):
                async with unit_of_work(ctx) as uow:
                    unit = await add_unit(uow, made, name, (NewPost("一岗", "职责"), NewPost("二岗")))
                data.sections.append({"id": unit.id, "department_id": made.id, "name": name})
    for row in await ctx.db.reads.fetch("SELECT id, unit_id AS section_id, name, duty FROM post ORDER BY id"):
        data.desks.append(dict(row))
    return data


def actor(kind: str = "official", bodies: Sequence[str] = (), *, inspector: bool = False) -> Actor:
    """Return an actor with a post in each of some bodies."""
    roles = frozenset({"inspector"} if inspector else {"clerk"})
    return Actor(kind=kind, postings=tuple(Posting(1, 1, body, 1, roles) for body in bodies))  # type: ignore[arg-type]


class Sight:
    """What one actor sees of the data: rows and columns, by the rules as people would say them."""

    def __init__(self, data: Data, who: Actor) -> None:
        self.data, self.who = data, who
        self.inspects = "inspector" in who.roles

    def rows(self, entity: str) -> list[Row]:
        """Return the rows that are seen, hidden columns as None, in the order of their keys."""
        rules: dict[str, tuple[list[Row], Callable[[Row], bool], Callable[[str], bool]]] = {
            "department": (self.data.departments, self._department, self._of_department),
            "section": (self.data.sections, self._section, lambda _name: True),
            "desk": (self.data.desks, lambda _row: self.inspects, lambda name: name != "duty" or self._is_system),
            "city": (self.data.cities, lambda _row: True, lambda name: name != "secret" or self.inspects),
        }
        rows, sees, shows = rules[entity]
        return [{name: value if shows(name) else None for name, value in row.items()} for row in rows if sees(row)]

    @property
    def _is_system(self) -> bool:
        return self.who.kind == "system"

    def _department(self, row: Row) -> bool:
        return row["code"] in self.who.body_codes or row["kind"] == "authorised"

    def _section(self, row: Row) -> bool:
        owner = next(one for one in self.data.departments if one["id"] == row["department_id"])
        return owner["code"] in self.who.body_codes

    def _of_department(self, name: str) -> bool:
        return {"phone": self.inspects, "duties": self.inspects, "boss_id": self.who.kind == "official"}.get(name, True)
