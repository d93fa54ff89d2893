"""What ``python -m compare explain`` shows, and what it says of bad input."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from compare import cli, explain, paths

RACE = """program race
channel c bounded 1

A     | B   | C
c ! 1 | c ? | try c ?
      |     | c ? within 3
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli.main, ["explain", *map(str, arguments)])


def test_every_outcome_has_its_chart(tmp_path: Path) -> None:
    file = tmp_path / "race.txt"
    file.write_text(RACE, encoding="utf-8")
    result = run(file)
    assert result.exit_code == 0, result.output
    assert "A     | B   | C\n" in result.output
    assert "\n3 outcomes, 2 of them deadlocks\n" in result.output
    assert "1 of 3" in result.output
    assert "3 of 3" in result.output
    assert "─▶┊" in result.output
    assert "time is up  → timeout" in result.output
    assert "waits at 1" in result.output


def test_a_deadlock_and_a_message_that_passes() -> None:
    crossed = run(paths.ROOT / "compare" / "litmus" / "crossed_rendezvous.txt")
    assert "\n1 outcome, and it is a deadlock\n" in crossed.output


def test_race_and_dialect_change_what_there_is(tmp_path: Path) -> None:
    late = tmp_path / "late.txt"
    late.write_text(
        "program late\nchannel c rendezvous\nA | B\nc ! 1 within 2 | sleep 1\n | try c ?\n", encoding="utf-8"
    )
    assert "1 outcome, no deadlock" in run(late).output
    assert "2 outcomes, no deadlock" in run(late, "--race").output
    closed = tmp_path / "closed.txt"
    closed.write_text("program closed\nchannel c bounded 1\nA\nclose c\nc ! 1\n", encoding="utf-8")
    assert "A  closed closed done" in run(closed).output
    failed = run(closed, "--dialect", '{"send_on_closed": "fails"}').output
    assert "A  closed failed: send on closed" in failed


def end(log: str, waiting: dict[str, int]) -> explain.Json:
    return {"outcome": {"A": {"log": [log], "end": "done"}}, "waiting": waiting}


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([end("1", {})], "1 outcome, no deadlock"),
        ([end("1", {"B": 1})], "1 outcome, and it is a deadlock"),
        ([end("1", {}), end("2", {"B": 1})], "2 outcomes, 1 of them a deadlock"),
        ([end("1", {"B": 1}), end("2", {"B": 1})], "2 outcomes, all of them deadlocks"),
        ([end("1", {}), end("1", {"B": 1})], "1 outcome, in 2 ways to end, 1 of them a deadlock"),
    ],
)
def test_what_is_counted(ends: list[explain.Json], said: str) -> None:
    assert explain.counted(ends) == said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1: it begins with 'program NAME'"),
        (b"\xff\xfe", "it is not UTF-8: byte 0"),
        (b'{"name": 3}', "the program: $.name: invalid type: integer `3`"),
        (b"program p\nA\nd ! 1\n", '$.processes[0].operations[0].transfer.channel: no channel is called "d"'),
        (b"[" * 10_000, "line 1: it begins with 'program NAME'"),
    ],
)
def test_what_is_no_program(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(content)
    result = run(file)
    assert result.exit_code == 2
    assert str(file) in result.stderr
    assert said in result.stderr


def test_a_file_that_is_not_there_and_one_that_is_too_large(tmp_path: Path) -> None:
    missing = run(tmp_path / "missing.txt")
    assert (missing.exit_code, "No such file" in missing.stderr) == (2, True)
    large = tmp_path / "large.txt"
    large.write_bytes(b" " * (explain.LARGEST + 1))
    assert "10,000,001 bytes" in run(large).stderr


def test_a_search_that_is_too_large_says_so(tmp_path: Path) -> None:
    file = tmp_path / "race.txt"
    file.write_text(RACE, encoding="utf-8")
    result = run(file, "--limit", "3")
    assert result.exit_code == 2
    assert "it has more than 3 states, which is the limit" in result.stderr


def test_no_file_and_a_bad_dialect(tmp_path: Path) -> None:
    assert run().exit_code == 2
    file = tmp_path / "race.txt"
    file.write_text(RACE, encoding="utf-8")
    result = run(file, "--dialect", '{"fifo": "perhaps"}')
    assert result.exit_code == 2
    assert "the dialect: $.fifo: unknown variant `perhaps`" in result.stderr
