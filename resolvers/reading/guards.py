"""Row guards made of the permission table: what a page may do and what a statement returns never drift apart."""

from collections.abc import Mapping
from typing import Final

from domain.access import (
    PERMISSIONS,
    Holds,
    HoldsInGovernment,
    Permission,
    Predicate,
    anybody,
    not_self,
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


def permission_guard(permission: Permission, account: str = NOBODY) -> str:
    """Return the SQL predicate that holds for a row when the actor has the permission for it.

    ``account`` is the expression of the account that a row is about. A rule that depends on a government is left
    to entities that know one: here it raises ``TypeError``, so that nobody mistakes it for a wider right.
    """
    rules = (" AND ".join(_predicate(one, account) for one in rule) for rule in PERMISSIONS[permission])
    return " OR ".join(f"({rule})" for rule in rules)


def _predicate(predicate: Predicate, account: str) -> str:
    if isinstance(predicate, Holds):
        return f"(:actor_kind = 'official' AND '{predicate.role.value}' = ANY(:actor_roles))"
    if isinstance(predicate, HoldsInGovernment):
        raise TypeError(f"{predicate.role} counts in one government; this guard knows none")
    if predicate is self_only:
        return f"(:actor_kind = 'official' AND coalesce({account} = :actor_account, false))"
    if predicate is not_self:
        return f"(:actor_kind <> 'official' OR {account} IS DISTINCT FROM :actor_account)"
    return _FIXED[predicate]
