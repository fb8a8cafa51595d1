"""Reading city.toml: governments, bodies, units, posts and people, each checked and joined by code."""

from datetime import date
from typing import Any, Literal

from pydantic import Field, field_validator

from deploy.demo.errors import DemoError, placed
from deploy.demo.notation import fields
from domain.identifiers import IdentifierError, division_level, usc_code
from domain.values import Value

FILE = "city.toml"
OFFICE_ROLE = "@office"


class DemoGovernment(Value):
    """A government of the demo city; `parent` is the division code of the one above."""

    division_code: str
    name: str
    short_name: str
    level: Literal["prefecture", "county", "township"]
    parent: str = ""
    valid_from: date

    @field_validator("division_code")
    @classmethod
    def _is_invented(cls, code: str) -> str:
        try:
            division_level(code)
        except IdentifierError as error:
            raise ValueError(error.reason) from error
        if not code.startswith("9999"):
            raise ValueError("a demo code begins with 9999, which no real division has")
        return code


class DemoPost(Value):
    """A post of a unit with its duty and the roles that hang on it."""

    name: str = Field(min_length=1)
    duty: str
    roles: tuple[str, ...] = ()


class DemoUnit(Value):
    """A unit of a body with its posts."""

    name: str = Field(min_length=1)
    contact_phone: str
    posts: tuple[DemoPost, ...] = Field(min_length=1)


class DemoBody(Value):
    """A body: its code is the division and its three-digit number in item codes."""

    code: str = Field(pattern=r"^9999\d{5}$")
    name: str
    short_name: str
    kind: Literal["statutory", "authorised", "entrusted"]
    usc_code: str
    parent: str = ""
    offices: tuple[str, ...] = ()
    duties: tuple[str, ...] = Field(min_length=1)
    place: str
    contact_phone: str
    supervision_phone: str
    units: tuple[DemoUnit, ...] = Field(min_length=1)

    @field_validator("usc_code")
    @classmethod
    def _has_its_check_digit(cls, code: str) -> str:
        try:
            return usc_code(code)
        except IdentifierError as error:
            raise ValueError(error.reason) from error

    @property
    def government(self) -> str:
        """Division code of the government whose library the body belongs to."""
        return self.code[:6]

    @property
    def number(self) -> str:
        """The three digits that name the body in item codes."""
        return self.code[6:]

    def unit(self, name: str) -> DemoUnit | None:
        """Return the unit with this name, or None."""
        return next((unit for unit in self.units if unit.name == name), None)


class DemoPerson(Value):
    """A person with an obviously invented name, in one post."""

    login: str = Field(pattern=r"^[a-z]{2,12}\.yanshi$")
    name: str = Field(pattern=r"^.演示$")
    body: str
    unit: str
    post: str
    roles: tuple[str, ...] = ()


def phone(body_code: str, line: int) -> str:
    """Return an invented number: area code 0000 does not exist; then 8, the division's last two digits, body, line."""
    return f"0000-8{body_code[5]}{body_code[6:]}{line:03}"


def read_governments(document: dict[str, Any]) -> tuple[DemoGovernment, ...]:
    """Read the governments; every parent must be one of them."""
    found: list[DemoGovernment] = []
    for index, table in enumerate(document["government"]):
        with placed(FILE, f"government[{index}]"):
            government = DemoGovernment(**table)
            if government.parent and government.parent not in {one.division_code for one in found}:
                raise ValueError(f"unknown parent {government.parent}")
            found.append(government)
    return tuple(found)


def read_bodies(document: dict[str, Any]) -> tuple[DemoBody, ...]:
    """Read the bodies with their units and posts; codes, names in a government and credit codes are unique."""
    templates: dict[str, Any] = document["template"]
    found: dict[str, DemoBody] = {}
    for table in document["body"]:
        key = f"body {table.get('code', '?')}"
        with placed(FILE, key):
            body = _body(table, templates)
            if body.code in found or any(body.usc_code == one.usc_code for one in found.values()):
                raise ValueError("the code or the credit code is used twice")
            if body.kind == "entrusted" and body.parent not in found:
                raise ValueError("an entrusted organisation names the body that entrusts it as its parent")
            found[body.code] = body
    return tuple(found.values())


def _body(table: dict[str, Any], templates: dict[str, Any]) -> DemoBody:
    code, offices = table["code"], tuple(table.get("offices", ()))
    units = []
    for index, line in enumerate(table["units"]):
        name, _, template = line.partition(":")
        posts = tuple(_post(post, offices) for post in templates[template]["posts"])
        units.append(DemoUnit(name=name, contact_phone=phone(code, 10 * index + 1), posts=posts))
    rest = {key: value for key, value in table.items() if key != "units"}
    return DemoBody(**rest, units=tuple(units), contact_phone=phone(code, 0), supervision_phone=phone(code, 999))


def _post(line: str, offices: tuple[str, ...]) -> DemoPost:
    name, duty, role = fields(line, 2, 3)
    roles = offices if role == OFFICE_ROLE else (role,) if role else ()
    return DemoPost(name=name, duty=duty, roles=roles)


def read_people(document: dict[str, Any], bodies: tuple[DemoBody, ...]) -> tuple[DemoPerson, ...]:
    """Read the people; each holds an existing post and takes over its roles."""
    by_code = {body.code: body for body in bodies}
    people = []
    for line in document["people"]["list"]:
        with placed(FILE, f"people: {line}"):
            login, name, code, unit_name, post_name = fields(line, 5, 5)
            unit = by_code[code].unit(unit_name)
            post = next((post for post in unit.posts if post.name == post_name), None) if unit else None
            if post is None:
                raise ValueError("no such post")
            people.append(
                DemoPerson(login=login, name=name, body=code, unit=unit_name, post=post_name, roles=post.roles)
            )
    if len({person.login for person in people}) != len(people):
        raise DemoError(FILE, "people", "a login name is used twice")
    return tuple(people)
