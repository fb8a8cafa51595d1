"""Row guards made of the permission table: what a page may do and what a statement returns never drift apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.access import (
    PERMISSIONS,
    Holds,
    HoldsInBody,
    HoldsInGovernment,
    Permission,
    Predicate,
    Scoped,
    anybody,
    not_self,
    of_body,
    official,
    self_only,
    system,
)

NOBODY: Final = "NULL::uuid"
"""The account of rows that are about no account."""

_FIXED: Final[Mapping[Predicate, str]] = {
    anybody: "true",
    official: "(:actor_kind = 'official' AND cardinality(:actor_bodies) > 0)",
    system: ":actor_kind = 'system'",
}


@dataclass(frozen=True, slots=True)
class About:
    """Expressions of what a row is about: an account (uuid), its bodies (text[]), its government (bigint)."""

    account: str = NOBODY
    bodies: str = ""
    government: str = ""


def permission_guard(permission: Permission, account: str = NOBODY, *, bodies: str = "", government: str = "") -> str:
    """Return the SQL predicate that holds for a row when the actor has the permission for it.

    ``account``, ``bodies`` and ``government`` are expressions of what a row is about. A rule that depends on one that
    is not given raises ``TypeError``, so that nobody mistakes it for a wider right.
    """
    about = About(account, bodies, government)
    rules = (" AND ".join(_predicate(one, about) for one in rule) for rule in PERMISSIONS[permission])
    return " OR ".join(f"({rule})" for rule in rules)


def _predicate(predicate: Predicate, about: About) -> str:
    if isinstance(predicate, Holds):
        return f"(:actor_kind = 'official' AND '{predicate.role.value}' = ANY(:actor_roles))"
    if isinstance(predicate, Scoped):
        return f"(:actor_kind = 'integrator' AND '{predicate.scope}' = ANY(:actor_scopes))"
    if isinstance(predicate, HoldsInGovernment | HoldsInBody) or predicate is of_body:
        return f"(:actor_kind = 'official' AND {_placed(predicate, about)})"
    if predicate is self_only:
        return f"(:actor_kind = 'official' AND coalesce({about.account} = :actor_account, false))"
    if predicate is not_self:
        return f"(:actor_kind <> 'official' OR {about.account} IS DISTINCT FROM :actor_account)"
    return _FIXED[predicate]


def _placed(predicate: Predicate, about: About) -> str:
    """Return a predicate that depends on where an actor's posts are."""
    if isinstance(predicate, HoldsInGovernment):
        if not about.government:
            raise TypeError(f"{predicate.role} counts in one government; this guard knows none")
        return f"('g' || {about.government} || '/{predicate.role.value}') = ANY(:actor_offices)"
    if not about.bodies:
        raise TypeError("a rule counts in one body; this guard knows none")
    if isinstance(predicate, HoldsInBody):
        wanted = f"SELECT 'b' || one || '/{predicate.role.value}' FROM unnest({about.bodies}) one"
        return f"ARRAY({wanted}) && :actor_offices"
    return f"{about.bodies} && :actor_bodies"
