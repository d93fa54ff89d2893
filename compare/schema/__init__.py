"""The JSON Schemas of the laboratory, and one function that applies them.

Two libraries do: jsonschema-rs says in no time whether a value fits, and where one
does not, jsonschema says best what is wrong with it.
"""

import json
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match
from jsonschema.protocols import Validator

from compare.errors import ShapeError
from compare.paths import SCHEMAS


def check(value: Any, schema: str, part: str | None = None) -> None:
    """Check ``value`` against ``<schema>.schema.json``, or one of its ``$defs``."""
    if _fast(schema, part).is_valid(value):
        return
    mistake = best_match(_validator(schema, part).iter_errors(value))
    if mistake is None:
        raise ShapeError(f"$: it does not fit {schema}.schema.json")
    raise ShapeError(f"{mistake.json_path}: {_short(mistake.message)}")


@cache
def _fast(schema: str, part: str | None) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_document(schema, part))


@cache
def _validator(schema: str, part: str | None) -> Validator:
    return Draft202012Validator(_document(schema, part))


def _document(schema: str, part: str | None) -> Any:
    document = json.loads((SCHEMAS / f"{schema}.schema.json").read_text("utf-8"))
    Draft202012Validator.check_schema(document)
    if part is not None:
        document = {**document, "$ref": f"#/$defs/{part}"}
        document.pop("oneOf", None)
    return document


def _short(message: str) -> str:
    # The message quotes the whole value, which may be a thousand items long.
    return message if len(message) <= 300 else f"{message[:140]} … {message[-140:]}"
