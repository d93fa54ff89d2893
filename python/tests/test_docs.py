"""What the documentation shows is run, and pages keep their order."""

import doctest
import importlib
from pathlib import Path

import pytest

import chanpatterns
from chanpatterns import _native

PACKAGE = Path(chanpatterns.__file__).parent
PAGES = sorted((PACKAGE / "patterns").glob("[!_]*.py"))


def run_examples(name, text):
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    examples = parser.get_doctest(text, {}, name, name, 0)
    runner.run(examples, out=pytest.fail)
    return len(examples.examples)


@pytest.mark.parametrize("name", ["channel", "Sender", "Receiver", "Output"])
def test_native_examples(name):
    documented = getattr(_native, name)
    total = run_examples(name, documented.__doc__)
    for attribute in vars(documented) if name != "channel" else []:
        if not attribute.startswith("_"):
            text = getattr(documented, attribute).__doc__
            assert text, f"{name}.{attribute} is not documented"
            total += run_examples(f"{name}.{attribute}", text)
    assert total > 0


def test_readme():
    # Only in the repository: an installed package has no README.
    readme = PACKAGE.parent / "README.md"
    blocks = readme.read_text().split("```python\n")[1:]
    code = "\n".join(block.split("```")[0] for block in blocks)
    assert run_examples("README.md", code) >= 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page(page):
    module = importlib.import_module(f"chanpatterns.patterns.{page.stem}")
    function = getattr(module, page.stem)
    assert getattr(chanpatterns, page.stem) is function
    assert run_examples(page.stem, function.__doc__) > 0
    # The header comes in the order of the other languages' pages.
    title, blank, *header = module.__doc__.splitlines()
    assert title.endswith(".")
    assert blank == ""
    words = [line.split()[0] for line in header if not line.startswith(" ")]
    assert words == ["Channels", "Closing", "Agree", "Sides", "Source"]
    assert all(len(line) <= 80 for line in page.read_text().splitlines())


def test_everything_is_exported():
    assert chanpatterns.__all__ == sorted(chanpatterns.__all__, key=key)
    for name in chanpatterns.__all__:
        assert getattr(chanpatterns, name).__doc__


def key(name):
    return (not name[0].isupper(), name)
