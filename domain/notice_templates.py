"""Templates of notices: TOML files in `domain/notices/`, each with its texts in every language, its facts, its clause.

Facts are put into their places and never looked at again. A wrong file raises ``NoticeTemplateError``: file, key, reason.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final, Self

from pydantic import Field, ValidationError, model_validator

from domain.profile_parts import Clause, Code
from domain.values import Value

PLACE: Final = re.compile(r"\{([a-z_]+)\}")
FIRST_LANGUAGE: Final = "zh-Hans"
LANGUAGES: Final = (FIRST_LANGUAGE, "en")
SMS_LONGEST: Final = 200


class NoticeTemplateError(Exception):
    """A file of templates is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


class Wording(Value):
    """What a notice says in one language."""

    title: str = Field(min_length=1, max_length=120)
    body: str = Field(min_length=1, max_length=2000)


class NoticeTemplate(Value):
    """A kind of notice: its texts by language, its facts with samples, and how freely it is sent.

    ``optional``: whoever gets it may go without it; the others the law wants told. ``urgent``: it goes out in quiet hours.
    ``confidential``: where nobody holds the office, whoever supervises is told, and never the body's other officials.
    """

    name: str = Field(min_length=1)
    clause: Clause
    optional: bool = False
    urgent: bool = False
    confidential: bool = False
    facts: dict[str, str]
    texts: dict[str, Wording]

    @model_validator(mode="after")
    def _says_what_it_knows(self) -> Self:
        if set(self.texts) != set(LANGUAGES):
            raise ValueError(f"texts in {', '.join(LANGUAGES)} are needed")
        for language, one in self.texts.items():
            unknown = {*PLACE.findall(one.title), *PLACE.findall(one.body)} - set(self.facts)
            if unknown:
                raise ValueError(f"{language}: no such fact: {', '.join(sorted(unknown))}")
        return self

    def worded(self, language: str, facts: Mapping[str, object]) -> Wording:
        """Return the notice with its facts in their places; KeyError for a fact that was not given."""
        chosen = self.texts.get(language, self.texts[FIRST_LANGUAGE])

        def put(text: str) -> str:
            return PLACE.sub(lambda found: str(facts[found[1]]), text)

        return Wording(title=put(chosen.title)[:120], body=put(chosen.body)[:2000])


def parse_templates(files: Mapping[str, str]) -> dict[Code, NoticeTemplate]:
    """Build the templates from the texts of TOML files by file name."""
    found: dict[str, NoticeTemplate] = {}
    for file, text in sorted(files.items()):
        try:
            given = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise NoticeTemplateError(file, "(file)", f"not TOML: {error}") from error
        for code, one in given.items():
            try:
                found[code] = NoticeTemplate.model_validate(one)
            except ValidationError as error:
                first = error.errors()[0]
                key = ".".join((code, *(str(part) for part in first["loc"])))
                raise NoticeTemplateError(file, key, first["msg"].removeprefix("Value error, ")) from error
    return found


@cache
def load_templates() -> dict[str, NoticeTemplate]:
    """Return the templates shipped with the program, by code."""
    folder = resources.files("domain").joinpath("notices")
    return parse_templates({one.name: one.read_text("utf-8") for one in folder.iterdir() if one.name.endswith(".toml")})
