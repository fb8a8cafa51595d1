"""The one error of the demo city: which file, which key, what is wrong."""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError


class DemoError(Exception):
    """A data file of the demo city is wrong: names the file, the key inside it and the reason."""

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file, self.key, self.reason = file, key, reason
        super().__init__(f"{file}: {key}: {reason}")


@contextmanager
def placed(file: str, key: str) -> Iterator[None]:
    """Turn what goes wrong inside into a DemoError that names the place."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        inner = ".".join(str(part) for part in first["loc"])
        raise DemoError(file, f"{key}.{inner}" if inner else key, first["msg"]) from error
    except KeyError as error:
        raise DemoError(file, key, f"missing or unknown: {error.args[0]}") from error
    except ValueError as error:
        raise DemoError(file, key, str(error)) from error
