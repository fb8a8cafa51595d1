"""Reading procedures: TOML files in `domain/procedures/`, with what they extend and what a profile sets for them.

A file may extend another (`extends = "_penalty"`): maps are merged key by key, everything else is replaced. A file
whose name begins with an underscore is only extended, never a procedure itself. A limit or an amount may be taken
from the profile (`profile = "reply_real_name"`), so that no legal number is written twice; an optional amount that a
profile does not have is left out. A wrong file raises ProcedureError: file, key and reason.
Reading the package's own TOML files is the only reading done here.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pydantic import ValidationError

from domain.procedures import Procedure
from domain.profiles import Profile

FROM_PROFILE = "profile"


class ProcedureError(Exception):
    """A procedure file is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


def parse_procedures(files: Mapping[str, str], profile: Profile | None = None) -> dict[str, Procedure]:
    """Build procedures from the texts of TOML files by file name, with the limits and amounts of a profile."""
    found: dict[str, Procedure] = {}
    for file in sorted(files):
        if file.startswith("_"):
            continue
        document = _filled(file, _merged_document(files, file, ()), profile)
        try:
            procedure = Procedure.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            key = _named(document, first["loc"])
            raise ProcedureError(file, key, first["msg"].removeprefix("Value error, ")) from error
        if file != f"{procedure.id}.toml":
            raise ProcedureError(file, "id", f"the file must be called {procedure.id}.toml")
        found[procedure.id] = procedure
    return found


def _merged_document(files: Mapping[str, str], file: str, below: tuple[str, ...]) -> dict[str, Any]:
    """Return a file's document laid over those of the files it rests on."""
    try:
        document = tomllib.loads(files[file])
    except tomllib.TOMLDecodeError as error:
        raise ProcedureError(file, "(file)", f"not TOML: {error}") from error
    parent = document.pop("extends", None)
    if parent is None:
        return document
    above = f"{parent}.toml"
    if above not in files or above in (*below, file):
        raise ProcedureError(file, "extends", f"no such procedure to extend: {parent!r}")
    return _laid_over(_merged_document(files, above, (*below, file)), document)


def _laid_over(parent: Mapping[str, Any], child: Mapping[str, Any]) -> dict[str, Any]:
    both = {
        key: _laid_over(parent[key], value)
        for key, value in child.items()
        if isinstance(value, dict) and isinstance(parent.get(key), dict)
    }
    return {**parent, **child, **both}


def _filled(file: str, document: dict[str, Any], profile: Profile | None) -> dict[str, Any]:
    """Fill in what the profile sets: limits must be there, amounts may be missing."""
    filled = dict(document)
    filled["limits"] = {}
    for key, limit in document.get("limits", {}).items():
        filled["limits"][key] = _limit(file, key, limit, profile)
    filled["pauses"] = {key: _pause(file, key, one, profile) for key, one in document.get("pauses", {}).items()}
    amounts, hearing = {}, dict(document.get("hearing", {}))
    for key, amount in document.get("amounts", {}).items():
        taken = _amount(amount, profile)
        if taken is not None:
            amounts[key] = taken
    filled["amounts"] = amounts
    if hearing:
        named = hearing.get("large_amounts", {})
        hearing["large_amounts"] = {
            kind: code for kind, code in named.items() if code in amounts or code not in document.get("amounts", {})
        }
        filled["hearing"] = hearing
    return filled


def _limit(file: str, key: str, limit: dict[str, Any], profile: Profile | None) -> dict[str, Any]:
    if FROM_PROFILE not in limit:
        return limit
    name = limit[FROM_PROFILE]
    if profile is None or name not in profile.limits:
        where = "no profile" if profile is None else f"the profile {profile.id}"
        raise ProcedureError(file, f"limits.{key}.profile", f"{where} sets no limit {name!r}")
    set_there = profile.limits[name]
    taken = {
        "value": set_there.value,
        "unit": set_there.unit,
        "direction": set_there.direction,
        "clause": set_there.clause,
    }
    return {**taken, **{part: value for part, value in limit.items() if part != FROM_PROFILE}}


def _pause(file: str, key: str, pause: dict[str, Any], profile: Profile | None) -> dict[str, Any]:
    """Fill in how long the clock may rest on a ground, where that is for the profile to say."""
    if FROM_PROFILE not in pause:
        return pause
    set_there = _limit(file, key, {FROM_PROFILE: pause[FROM_PROFILE]}, profile)
    taken = {"most": set_there["value"], "unit": set_there["unit"], "clause": set_there["clause"]}
    return {**taken, **{part: value for part, value in pause.items() if part != FROM_PROFILE}}


def _amount(amount: dict[str, Any], profile: Profile | None) -> dict[str, Any] | None:
    if FROM_PROFILE not in amount:
        return amount
    set_there = profile.amounts.get(amount[FROM_PROFILE]) if profile is not None else None
    if set_there is None:
        return None
    return {"value": set_there.value, "unit": set_there.unit, "clause": set_there.clause, "note": set_there.note}


def _named(document: Any, location: tuple[int | str, ...]) -> str:
    """Return the path of a fault; a step is named by its key rather than by its number."""
    parts = []
    for part in location:
        here = None
        if isinstance(document, dict):
            document = document.get(part)
        elif isinstance(document, list) and isinstance(part, int) and part < len(document):
            document = document[part]
            here = document.get("key") if isinstance(document, dict) else None
        parts.append(str(here or part))
    return ".".join(parts) or "(file)"


def _read_files() -> dict[str, str]:
    folder = resources.files("domain").joinpath("procedures")
    return {one.name: one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")}


@cache
def _files() -> dict[str, str]:
    return _read_files()


def load_procedures(profile: Profile | None = None) -> dict[str, Procedure]:
    """Return the procedures shipped with the program, by id, as they stand under a profile."""
    return parse_procedures(_files(), profile)
