"""The portal: server-rendered pages for the public and the officials' desk; it translates and never decides."""

from typing import ClassVar

from starlette.convertors import IntegerConvertor, register_url_convertor


class NumberConvertor(IntegerConvertor):
    """A number in a path that a row can have: eighteen digits always fit a bigint, and none is too long to be read.

    A longer one is no address of ours, so it is not found, as every other number without a row.
    """

    regex: ClassVar[str] = "[0-9]{1,18}"


# Here, since routes are compiled where the modules of this package define them.
register_url_convertor("int", NumberConvertor())
