"""Without its native module `chanpatterns.reference` says how to get it.

What it does with it is tested where that is built: ocaml/bridge/python/tests.
"""

import sys

import pytest

from chanpatterns import reference


def test_import_error(monkeypatch):
    # A module that is None cannot be imported, whether it is there or not.
    monkeypatch.setitem(sys.modules, "chanpatterns_ocaml", None)
    for use in (
        lambda: reference.run("fan_in", {}),
        lambda: reference.meaning({}),
        reference.hello,
    ):
        with pytest.raises(ImportError, match="make bridge") as raised:
            use()
        assert raised.value.name == "chanpatterns_ocaml"


def test_failure():
    failure = reference.Failure("bad_input", "input: expected an object")
    assert str(failure) == "bad_input: input: expected an object"
    assert failure.args == ("bad_input", "input: expected an object")
