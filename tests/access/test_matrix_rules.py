"""The table against the rules, and against what there is: nothing is missing in it, nothing stands in it for nothing."""

from uuid import UUID

import pytest
from starlette.routing import Mount, Route

from deploy.app import create_app
from domain.access import (
    PERMISSIONS,
    HoldsInBody,
    HoldsInGovernment,
    Permission,
    Role,
    Target,
    allowed,
    not_self,
    of_body,
    self_only,
)
from domain.actors import ANONYMOUS, SYSTEM, Actor, Posting
from schema.root import schema
from tests import desks
from tests.access import matrix

pytestmark = pytest.mark.clause("N5")
OWN_ACCOUNT, OTHER_ACCOUNT = UUID(int=1), UUID(int=2)
OWN_GOVERNMENT, OTHER_GOVERNMENT = 1, 2
OWN_BODY, OTHER_BODY, FAR_BODY = "B001", "B002", "B003"
UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}


def actor(name: str) -> Actor:
    """Return the actor of a role: an official holds one post, in the own government, that carries nothing else."""
    if name == "anonymous":
        return ANONYMOUS
    if name == "system":
        return SYSTEM
    if name == "integrator":
        return Actor("integrator", OWN_ACCOUNT, "单位", scopes=frozenset({"library:read"}))
    roles = frozenset() if name == "clerk" else frozenset({name})
    return Actor("official", OWN_ACCOUNT, name, (Posting(1, 1, OWN_BODY, OWN_GOVERNMENT, roles),))


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", matrix.EVERYBODY)
def test_the_rules_are_those_of_the_table(permission: Permission, role: str) -> None:
    """Every role at every permission, about its own and about another's; what does not matter is tried both ways."""
    row = matrix.permissions()[permission.value]
    places = {
        "own": (OWN_GOVERNMENT, OWN_BODY),
        "beside": (OWN_GOVERNMENT, OTHER_BODY),
        "other": (OTHER_GOVERNMENT, FAR_BODY),
    }
    for side, (government, body) in places.items():
        for account, of_account in ((OWN_ACCOUNT, row.own), (OTHER_ACCOUNT, row.other)):
            expected = role in (getattr(row, side) if row.about in ("government", "body") else of_account)
            target = Target(government_id=government, body_code=body, account_id=account)
            given = allowed(actor(role), permission, target)
            assert given is expected, f"{role} {permission} {side} account {account}"


@pytest.mark.parametrize("permission", list(Permission))
def test_no_right_is_left_without_a_post(permission: Permission) -> None:
    """An official without posts has what everybody has, and what is about the own account; nothing else."""
    bare = Actor("official", OWN_ACCOUNT, "无岗")
    everybody = "anonymous" in matrix.permissions()[permission.value].own
    assert allowed(bare, permission, Target(OWN_GOVERNMENT, "B001", OTHER_ACCOUNT)) is everybody


@pytest.mark.parametrize("permission", list(Permission))
def test_the_table_says_what_a_permission_is_about(permission: Permission) -> None:
    """A rule about accounts or governments stands in a row about accounts or governments, never in one about both."""
    predicates = {
        type(one) if isinstance(one, HoldsInGovernment | HoldsInBody) else one
        for rule in PERMISSIONS[permission]
        for one in rule
    }
    body = bool({HoldsInBody, of_body} & predicates)
    about = {
        "government": HoldsInGovernment in predicates and not body,
        "body": body,
        "account": bool({self_only, not_self} & predicates),
    }
    assert [name for name, is_so in about.items() if is_so] == (
        []
        if matrix.permissions()[permission.value].about == "nothing"
        else [matrix.permissions()[permission.value].about]
    )


def test_every_permission_has_a_row_and_every_row_a_permission() -> None:
    assert set(matrix.permissions()) == {one.value for one in Permission} == {one.value for one in PERMISSIONS}


def test_permissions_are_listed_in_alphabetical_order() -> None:
    assert [one.value for one in Permission] == sorted(one.value for one in Permission)


def test_every_role_can_do_something_that_not_everybody_can_or_is_told_apart() -> None:
    """Nobody holds the whole: no role has more than half of the permissions about others."""
    held = {
        role: [name for name, row in matrix.permissions().items() if role in row.other and "anonymous" not in row.other]
        for role in Role
    }
    assert all(len(names) <= len(Permission) // 2 for names in held.values())


def served() -> set[str]:
    """Return every method and path of the application; HEAD goes with GET."""
    found = set()
    for route in create_app(desks.settings("postgresql://nobody@localhost/none")).routes:
        if isinstance(route, Mount):
            found.add(f"GET {route.path}")
        elif isinstance(route, Route):
            found |= {f"{method} {route.path}" for method in (route.methods or {"GET"}) - {"HEAD"}}
    return found


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    assert served() == set(matrix.routes())


def test_every_root_field_has_a_row_and_every_row_a_root_field() -> None:
    inner = schema._schema
    rows = (matrix.fields(), matrix.mutations(), matrix.document()["subscriptions"])
    for kind, named in zip((inner.query_type, inner.mutation_type, inner.subscription_type), rows, strict=True):
        assert kind is not None
        assert set(kind.fields) == set(named)


@pytest.mark.parametrize("name", [name for name, row in matrix.routes().items() if row.method in UNSAFE])
def test_what_changes_something_has_a_permission_of_its_own(name: str) -> None:
    """TOB-26-8: no address changes anything under a right to read; without a permission it says why."""
    row = matrix.routes()[name]
    assert row.permission or row.unsafe
    assert not row.permission.endswith(".read")


@pytest.mark.parametrize("name", [name for name, row in matrix.routes().items() if row.method == "GET"])
def test_what_is_read_needs_a_right_to_read(name: str) -> None:
    """A page that only shows a form may need the right to send it; no page needs less than a row says."""
    row = matrix.routes()[name]
    form = matrix.routes().get(f"POST {row.path}")
    sends = form is not None and form.permission == row.permission
    assert not row.permission or row.permission.endswith(".read") or sends or row.path.endswith("/new")
