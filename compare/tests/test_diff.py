import time

from compare.diff import SHOWN, difference


def lines(left: list[int], right: list[int]) -> list[str]:
    return difference({"items": left}, {"items": right}, "expected", "observed").splitlines()


def test_a_small_difference_in_a_long_log_is_small() -> None:
    log = list(range(10_000))
    assert lines(log, [n for n in log if n != 5000]) == [
        "--- expected",
        "+++ observed",
        "  …",
        "   4998",
        "   4999",
        "-  5000",
        "   5001",
        "   5002",
    ]


def test_a_large_difference_is_cut_and_quickly_found() -> None:
    start = time.monotonic()
    told = lines(list(range(20_000)), list(range(20_000, 0, -1)))
    assert time.monotonic() - start < 2
    assert len(told) == SHOWN + 3
    assert told[-1].startswith("… ")
    assert told[-1].endswith(" more lines")


def test_a_difference_at_the_end() -> None:
    assert lines([1, 2, 3], [1, 2, 3, 3])[-1] == "+  3"


def test_everything_differs() -> None:
    told = difference({"refused": "zero"}, {"items": []}, "expected", "observed")
    assert told.splitlines()[2:] == ['-refused: "zero"', "+items: []"]
