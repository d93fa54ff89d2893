"""JSON as it travels: one object a line, and nothing that two sides read apart.

Python's own reader takes more than the protocol allows (``NaN``, a key given
twice, integers of any size), so what it takes silently is refused here.
"""

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from compare.errors import ShapeError

INT_MIN, INT_MAX = -(2**62), 2**62 - 1
"""OCaml's integers, the narrowest of all sides."""


def decode(text: str | bytes) -> Any:
    """Read one JSON value; a :class:`ShapeError` says what is wrong with it."""
    try:
        text = text if isinstance(text, str) else text.decode()
        value = json.loads(
            text,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
        if "\\u" in text:
            encode(value).encode()
        return value
    except UnicodeEncodeError:
        raise ShapeError("has half a surrogate, which is no character") from None
    except UnicodeDecodeError as error:
        raise ShapeError(f"is not UTF-8: {error.reason} at byte {error.start}") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ShapeError(f"is not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise ShapeError("is nested too deeply") from None


def encode(value: Any) -> str:
    """Write a value on one line, keys in order, so that equal is the same text."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(", ", ": "))


def line(value: dict[str, Any]) -> str:
    """Write an object as a line, its keys in the order in which they are given."""
    return json.dumps(value, ensure_ascii=False) + "\n"


def _integer(digits: str) -> int:
    # Twenty characters hold every integer that fits; more are not even read.
    if len(digits) > 20 or not INT_MIN <= int(digits) <= INT_MAX:
        raise ShapeError(f"has an integer beyond 62 bits: {digits[:24]}")
    return int(digits)


def _constant(name: str) -> NoReturn:
    raise ShapeError(f"has {name}, which JSON does not know")


def _object(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise ShapeError(f"has the key {key!r} twice in one object")
        members[key] = value
    return members
