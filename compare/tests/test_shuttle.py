"""The runner under shuttle: what it knows, what repeats, and its mutants."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from compare import paths
from compare.child import Children
from compare.programs import load, meaning
from compare.programs.model import Program
from compare.programs.speaker import Refused, Speaker

COMMAND = (str(paths.ROOT / "target/shuttle/release/litmus-rust"),)
CRATE = "shuttle/chanpatterns"

STANDS_STILL = """program stands_still
channel c unbounded

A             | B   | C
start f = c ? | c ? | c ! 1
cancel f      |     |
"""


@pytest.fixture
def runner() -> Iterator[Speaker]:
    yield from spoken_to(COMMAND)


@pytest.fixture
def mutants() -> Iterator[Speaker]:
    yield from spoken_to((*COMMAND, "--mutants"))


def spoken_to(command: tuple[str, ...]) -> Iterator[Speaker]:
    speaker = Speaker(command, Children(), paths.ROOT, 30.0)
    speaker.hello()
    yield speaker
    speaker.stop()
    speaker.kill()


def litmus(name: str) -> Program:
    (program,) = load.choose([name])
    return program


@pytest.mark.parametrize("system", [CRATE, f"{CRATE}/tasks"])
def test_a_seed_gives_the_same_run_alone_and_among_others(runner: Speaker, system: str) -> None:
    program = litmus("bounded_two_producers")
    together = runner.run(system, program, 40, 7, 5000)
    assert together.runs == 40
    alone: Counter[str] = Counter()
    for seed in range(7, 47):
        (one,) = runner.run(system, program, 1, seed, 5000).seen
        alone[meaning.key(one.outcome)] += 1
    assert alone == {meaning.key(one.outcome): one.count for one in together.seen}
    assert len(alone) > 1


def test_who_waits_for_ever_is_known(runner: Speaker) -> None:
    answer = runner.run(CRATE, litmus("bounded_deadlock_two_ways"), 20, 1, 5000)
    assert [(dict(one.waiting), one.count) for one in answer.seen] == [({"A": 2, "B": 2}, 20)]


def test_somebody_may_stand_still_while_others_do_much(mutants: Speaker) -> None:
    """Between two steps of A the others do all of theirs: random walks do not come there."""
    program = load.from_json(meaning.read(STANDS_STILL)["program"])
    seen = mutants.run("mutants/notification_not_passed_on/tasks", program, 3000, 1, 20_000).seen
    stuck = [one for one in seen if one.outcome["A"]["log"] == ["cancelled"] and "B" in one.waiting]
    assert [one.outcome["C"]["log"] for one in stuck] == [["sent"]]


def test_it_follows_no_schedule(runner: Speaker) -> None:
    with pytest.raises(Refused, match="schedule"):
        runner.steer(CRATE, litmus("lost_wakeup"), [], 1, 1)


def test_every_mutant_of_the_crate_is_a_system_on_threads_and_on_tasks(mutants: Speaker) -> None:
    source = (paths.ROOT / "rust/src/mutants.rs").read_text("utf-8")
    names = re.findall(r'^ +"([a-z_]+)",$', source, re.MULTILINE)
    assert len(names) > 10
    told = {one["name"] for one in mutants.hello()["systems"]}
    assert told == {f"mutants/{name}{tail}" for name in names for tail in ("", "/tasks")}


def test_a_mutant_is_one_only_while_it_is_asked(mutants: Speaker) -> None:
    program = litmus("starving_arm_biased")
    broken = mutants.run("mutants/biased_looks_once", program, 400, 1, 5000)
    other = mutants.run("mutants/permit_leaks", program, 400, 1, 5000)
    assert len(broken.seen) > len(other.seen) == 1
