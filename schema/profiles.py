"""Categories and levels: data of the regulation's profile, so they are objects and no enums (003-3, 001-6)."""

import strawberry

from domain.profile_parts import Category as DomainCategory
from domain.profile_parts import Level as DomainLevel
from domain.profiles import Profile
from resolvers.reading.shows import OfAttribute
from schema.fields import plain


@strawberry.type(description="权力类别: a category of power as the regulation in force here names it (003-3, 001-6).")
class Category:
    """A category."""

    code: str = plain(OfAttribute("code"), "类别代码: stable code, such as licence.")
    name: str = plain(OfAttribute("name"), "类别名称: name in the regulation, such as 行政许可 (003-3).")
    letters: str = plain(
        OfAttribute("letters"), "类别字母: two letters in item codes, such as XK; empty if unknown here."
    )
    order: int = plain(OfAttribute("order"), "次序: place in the regulation's own order.")
    clause: str = plain(OfAttribute("clause"), "条款: clause that names it, as file-article.")


@strawberry.type(description="行使层级: a level of government (003-13).")
class Level:
    """A level."""

    code: str = plain(OfAttribute("code"), "层级代码: stable code, such as prefecture.")
    name: str = plain(OfAttribute("name"), "层级名称: such as 市级.")
    order: int = plain(OfAttribute("order"), "次序: counted from the top.")


UNKNOWN_ORDER = 99


def category(profile: Profile, code: str) -> Category:
    """Return a category by code; a code that the profile lacks keeps its code as its name."""
    found = profile.category(code)
    return category_of(found) if found else Category(code=code, name=code, letters="", order=UNKNOWN_ORDER, clause="")


def category_of(found: DomainCategory) -> Category:
    """Return a profile's category as the interface shows it."""
    return Category(code=found.code, name=found.name, letters=found.letters, order=found.order, clause=found.clause)


def level(profile: Profile, code: str) -> Level | None:
    """Return a level by code, or None where the list names none."""
    found = profile.level(code)
    if found is not None:
        return level_of(found)
    return Level(code=code, name=code, order=UNKNOWN_ORDER) if code else None


def level_of(found: DomainLevel) -> Level:
    """Return a profile's level as the interface shows it."""
    return Level(code=found.code, name=found.name, order=found.order)
