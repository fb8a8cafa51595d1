"""Reading the item files of all bodies: own tables, tables that follow another item (`like`), and their expansion."""

from typing import Any

from deploy.demo.city import DemoBody
from deploy.demo.errors import DemoError, placed
from deploy.demo.items import DemoItem, Shared, expand, item_code

# What a county's copy of a city item does not take over: it has its own posts, powers and addressees.
NOT_INHERITED = frozenset({"key", "sub", "unit", "authority", "entrust", "internal_flow", "place", "recorded"})


def read_items(documents: dict[str, dict[str, Any]], shared: Shared) -> tuple[DemoItem, ...]:
    """Expand the item files, given by file name; codes are unique and every body with a file exists."""
    raw: dict[str, tuple[str, DemoBody, dict[str, Any]]] = {}
    for file, document in documents.items():
        with placed(file, "body"):
            body = shared.bodies[document["body"]]
        if file != f"{body.code}.toml":
            raise DemoError(file, "body", f"the file must be called {body.code}.toml")
        for table in document["item"]:
            with placed(file, f"item {table.get('key', '?')}"):
                code = item_code(body, table)
                if code in raw:
                    raise ValueError(f"the code {code} is used twice")
                raw[code] = (file, body, table)
    return tuple(_expand(code, raw, shared) for code in raw)


def _expand(code: str, raw: dict[str, tuple[str, DemoBody, dict[str, Any]]], shared: Shared) -> DemoItem:
    file, body, _ = raw[code]
    with placed(file, f"item {code}"):
        return expand(_resolved(code, raw), body, shared)


def _resolved(code: str, raw: dict[str, tuple[str, DemoBody, dict[str, Any]]]) -> dict[str, Any]:
    """Return an item's full table: what it follows, then its own keys, which also win in every change."""
    table = raw[code][2]
    if "like" not in table:
        return table
    model = _resolved(table["like"], raw)
    own = {key: value for key, value in table.items() if key != "like"}
    inherited = {key: value for key, value in model.items() if key not in NOT_INHERITED}
    changes = [
        {key: value for key, value in change.items() if key not in NOT_INHERITED and key not in own}
        for change in _without_corrections(model.get("change", []))
        if change["change"] != "delegate"
    ]
    return {**inherited, **own, "change": changes}


def _without_corrections(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Fold a correction into the change it corrects: another body's copy never had the mistake."""
    folded: list[dict[str, Any]] = []
    for change in changes:
        if change["change"] == "correct" and folded:
            mended = {key: value for key, value in change.items() if key not in {"change", "reason", "recorded"}}
            folded[-1] = {**folded[-1], **mended}
        else:
            folded.append(change)
    return folded
