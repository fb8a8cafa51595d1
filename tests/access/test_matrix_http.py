"""The table through the whole application: every address for every role, about one's own and about another's."""

import httpx2
import pytest
from starlette.convertors import IntegerConvertor
from starlette.routing import compile_path

from tests.access import matrix
from tests.access.conftest import Scene
from tests.access.matrix import RouteRow
from tests.desks import Visitor

pytestmark = pytest.mark.clause("N5")
LEADS_IN = ("/desk/sign-in",)


def outcome(answer: httpx2.Response) -> str:
    """Return what an answer amounts to: allowed, sign in first, refused, or not found."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.status_code}"
    location = answer.headers.get("location", "")
    if answer.status_code == 401 or (answer.is_redirect and location.startswith(LEADS_IN)):
        return "sign in"
    return {403: "refused", 404: "not found"}.get(answer.status_code, "allowed")


def expected(row: RouteRow, role: str, side: str) -> set[str]:
    """Return the outcomes that the table allows for a role."""
    if role in (row.own if side == "own" else row.other):
        return {"sign in"} if row.path == "/desk/sign-out" else {"allowed"}
    if not row.path.startswith("/desk") or row.path.startswith("/desk/sign-in/"):
        return {"refused", "not found"}
    if role == "anonymous":
        return {"sign in"}
    return {"not found"} if row.hidden and role != "integrator" else {"refused", "not found"}


async def ask(scene: Scene, visitor: Visitor, row: RouteRow, address: str, role: str) -> httpx2.Response:
    """Ask for an address as a browser does: a form is sent with its token."""
    if row.method == "GET":
        return await visitor.get(address)
    account = scene.people[role].account_id if role in scene.people else None
    return await visitor.form(address, account, scene.filled(row.fields))


@pytest.mark.parametrize("name", list(matrix.routes()))
async def test_an_address_is_for_whom_the_table_says(scene: Scene, name: str) -> None:
    """Seventeen visitors ask; each gets what the table says, and nothing breaks."""
    row = matrix.routes()[name]
    wrong = []
    for role in matrix.VISITORS:
        for side in row.sides:
            visitor = await scene.visitor(role)
            found = outcome(await ask(scene, visitor, row, await scene.address(row, side, role), role))
            wanted = expected(row, role, side)
            if found not in wanted:
                wrong.append(f"{role}, {side}: {found}, not {' or '.join(sorted(wanted))}")
    assert not wrong, f"{name}: {wrong}"


def beyond(row: RouteRow, address: str) -> str:
    """Return an example of an address, with numbers that no row has."""
    pattern, _, convertors = compile_path(row.path)
    found = pattern.fullmatch(address.partition("?")[0])
    assert found is not None, f"{row.path}: {address}"
    for name in sorted(convertors, key=found.start, reverse=True):
        if isinstance(convertors[name], IntegerConvertor):
            address = f"{address[: found.start(name)]}{'9' * 18}{address[found.end(name) :]}"
    return address


async def test_a_number_that_no_row_has_is_not_found_whoever_asks(scene: Scene) -> None:
    """The router bounds numbers so that each can be asked for; none of them breaks what it is asked for."""
    numbered = {name: row for name, row in matrix.routes().items() if ":int}" in row.path}
    assert len(numbered) > 40
    for name, row in numbered.items():
        role = next(iter(sorted(row.own & set(matrix.OFFICIALS))), "anonymous")
        address = beyond(row, await scene.address(row, "own", role))
        answer = await ask(scene, await scene.visitor(role), row, address, role)
        # A form may be wrong before anything is looked for; a page that was left leads to where one begins.
        elsewhere = row.method == "POST" or answer.is_redirect
        assert outcome(answer) == "not found" or elsewhere, f"{name} for {role}: {answer.status_code}"


@pytest.mark.parametrize("name", list(matrix.fields()))
async def test_a_root_field_is_for_whom_the_table_says(scene: Scene, name: str) -> None:
    """Every role asks; what is for everybody answers without a word about rights."""
    row = matrix.fields()[name]
    allowed_roles = matrix.members(row["for"])
    for role in matrix.VISITORS:
        visitor = await scene.visitor(role)
        answer = await visitor.client.post("/graphql", json={"query": f"{{ {row['ask']} }}"})
        codes = {one.get("extensions", {}).get("code") for one in answer.json().get("errors", [])}
        closed = bool(codes & {"UNAUTHENTICATED", "FORBIDDEN"})
        assert answer.status_code < 500
        assert closed is (role not in allowed_roles), f"{name} for {role}: {codes}"
        assert "GRAPHQL_VALIDATION_FAILED" not in codes, f"{name}: the example of the table is no document"
        assert "INVALID" not in str(codes), f"{name}: {answer.text}"


@pytest.mark.parametrize(
    "name", [name for name, row in matrix.routes().items() if row.method == "POST" and not row.reads]
)
async def test_a_form_without_its_token_does_nothing(scene: Scene, name: str) -> None:
    """Whoever has every right is refused too when the form did not come from our page (CSRF)."""
    row = matrix.routes()[name]
    role = next(iter(sorted((row.own | row.other) & set(matrix.OFFICIALS))), "clerk")
    side = "own" if role in row.own else "other"
    address = await scene.address(row, side, role)
    events = "SELECT count(*) FROM event"
    visitor = await scene.visitor(role)
    before = await scene.ctx.db.reads.fetchval(events)
    for headers in ({}, {"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        token = await visitor.token("/desk") if headers else "forged"
        answer = await visitor.client.post(address, data={"csrf_token": token, **row.fields}, headers=headers)
        assert answer.status_code == 403, f"{name}: {answer.status_code} {headers}"
        assert "安全校验" in answer.text
    assert await scene.ctx.db.reads.fetchval(events) == before
