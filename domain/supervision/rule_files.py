"""Reading the shipped rules: `rules.toml`, checked at start. A wrong file raises `RuleFileError`: file, key and reason."""

import tomllib
from functools import cache
from importlib import resources

from pydantic import ValidationError

from domain.supervision.rules import RuleLibrary

FILE = "rules.toml"


class RuleFileError(Exception):
    """The file is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        super().__init__(f"{file}: {key}: {reason}")
        self.file, self.key, self.reason = file, key, reason


def parse_rules(text: str) -> RuleLibrary:
    """Return the rules of a file's text."""
    try:
        return RuleLibrary.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RuleFileError(FILE, "(file)", f"not TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"]) or "(file)"
        raise RuleFileError(FILE, key, first["msg"].removeprefix("Value error, ")) from error


@cache
def load_rules() -> RuleLibrary:
    """Return the shipped rules."""
    return parse_rules(resources.files("domain").joinpath("supervision", FILE).read_text("utf-8"))
