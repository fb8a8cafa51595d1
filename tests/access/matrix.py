"""The table of who may do what (deploy/access.yaml), read and checked for its form."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from domain.access import Role

FILE: Final = Path(__file__).parents[2] / "deploy" / "access.yaml"
OFFICIALS: Final = ("clerk", *(role.value for role in Role))
VISITORS: Final = ("anonymous", "integrator", *OFFICIALS)
"""Who can come by HTTP; whoever operates the server does not."""

EVERYBODY: Final = (*VISITORS, "system")
GROUPS: Final = {"everybody": EVERYBODY, "officials": OFFICIALS, "nobody": ()}


def members(names: str | list[str]) -> frozenset[str]:
    """Return the roles behind names of roles and groups. Raises ``KeyError`` for a name that is neither."""
    found: set[str] = set()
    for name in [names] if isinstance(names, str) else names:
        if name not in GROUPS and name not in EVERYBODY:
            raise KeyError(f"{FILE.name}: {name} is neither a role nor a group")
        found |= set(GROUPS.get(name, (name,)))
    return frozenset(found)


@dataclass(frozen=True)
class PermissionRow:
    """Who has a permission, about what is one's own and about what is another's.

    ``beside`` is about another body of the actor's own government; elsewhere it is what ``own`` is.
    """

    name: str
    about: str
    own: frozenset[str]
    other: frozenset[str]
    beside: frozenset[str]


@dataclass(frozen=True)
class RouteRow:
    """Whom an address is for, where to find an example of it, and what to send."""

    name: str
    method: str
    path: str
    at: str
    own: frozenset[str]
    other: frozenset[str]
    permission: str
    hidden: bool
    unsafe: str
    fields: dict[str, str] = field(default_factory=dict)
    reads: bool = False

    @property
    def sides(self) -> tuple[str, ...]:
        """Whether the address is about something of one's own, or another's, or neither."""
        return ("own", "other") if "{" in self.at else ("own",)


@cache
def document() -> dict[str, Any]:
    """Return the file as it stands."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


@cache
def permissions() -> dict[str, PermissionRow]:
    """Return the rows of permissions by name."""
    rows = {}
    for name, row in document()["permissions"].items():
        if "any" in row:
            given = members(row["any"])
            rows[name] = PermissionRow(name, "nothing", given, given, given)
        else:
            own, other = members(row["own"]), members(row["other"])
            rows[name] = PermissionRow(name, row["about"], own, other, members(row.get("beside", row["own"])))
    return rows


def _route(name: str, row: dict[str, Any]) -> RouteRow:
    method, _, path = name.partition(" ")
    permission = row.get("permission", "")
    if permission:
        given = permissions()[permission]
        side = {"own": given.own, "other": given.other}
        own = members(row["own"]) if "own" in row else side[row.get("as", "own")]
        other = members(row["other"]) if "other" in row else side[row.get("as", "other")]
    else:
        own = other = members(row["for"])
    at, hidden, unsafe = row.get("at", path), row.get("hidden", False), row.get("unsafe", "")
    return RouteRow(
        name, method, path, at, own, other, permission, hidden, unsafe, row.get("fields", {}), row.get("reads", False)
    )


@cache
def routes() -> dict[str, RouteRow]:
    """Return the rows of addresses by method and path."""
    return {name: _route(name, row) for name, row in document()["routes"].items()}


@dataclass(frozen=True)
class MutationRow:
    """Who may run a mutation, about a matter of one's own body, of one beside it, or of another government's."""

    name: str
    given: str
    allowed: dict[str, frozenset[str]]


SIDES: Final = ("own", "beside", "other")


@cache
def mutations() -> dict[str, MutationRow]:
    """Return the rows of mutations by name."""
    rows = {}
    for name, row in document()["mutations"].items():
        if "permission" in row:
            given = permissions()[row["permission"]]
            allowed = {"own": given.own, "beside": given.beside, "other": given.other}
            allowed |= {side: members(row[side]) for side in SIDES if side in row}
        else:
            allowed = dict.fromkeys(SIDES, members(row["for"]))
        rows[name] = MutationRow(name, row["input"], allowed)
    return rows


@cache
def fields() -> dict[str, dict[str, Any]]:
    """Return the rows of root fields by name."""
    found: dict[str, dict[str, Any]] = document()["fields"]
    return found
