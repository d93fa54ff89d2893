"""Whether a program has another one inside, which is known to go wrong."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import permutations

from compare.programs.model import Json

Shape = tuple[str, ...]
"""What an operation does, whatever its channel and its values are."""

Move = tuple[Shape, tuple[str, ...]]
"""A shape, and the channels it is about."""


def has_inside(larger: Json, smaller: Json) -> bool:
    """Whether ``larger`` does all that ``smaller`` does, and more.

    Each process of the smaller one stands for another of the larger one, and each
    channel for another of its kind and capacity; what the process does is done
    there too, in this order, with anything in between. Values may differ.
    """
    one, other = _processes(smaller), _processes(larger)
    return any(
        all(_in_order(moves, picked, channels) for moves, picked in zip(one, chosen, strict=True))
        for channels in _channels(smaller, larger)
        for chosen in permutations(other, len(one))
    )


def _in_order(wanted: Sequence[Move], moves: Sequence[Move], channels: Mapping[str, str]) -> bool:
    rest = iter(moves)
    return all(any(_is(move, one, channels) for move in rest) for one in wanted)


def _is(move: Move, wanted: Move, channels: Mapping[str, str]) -> bool:
    """Whether a move does what is wanted; a choice may have more arms."""
    (shape, there), (same, here) = move, wanted
    renamed = [channels[name] for name in here]
    if shape[0] != "select":
        return shape == same and list(there) == renamed
    flags, arms = _split(shape, there)
    wanted_flags, wanted_arms = _split(same, renamed)
    return flags == wanted_flags and all(arms.count(arm) >= wanted_arms.count(arm) for arm in wanted_arms)


def _split(shape: Shape, channels: Sequence[str]) -> tuple[Shape, list[tuple[str, str]]]:
    flags = len(shape) - len(channels)
    return shape[:flags], list(zip(shape[flags:], channels, strict=True))


def _channels(smaller: Json, larger: Json) -> Iterator[Mapping[str, str]]:
    """Every way to let each channel of the one stand for another of its kind."""
    names = [one["name"] for one in smaller["channels"]]
    for chosen in permutations(larger["channels"], len(names)):
        pairs = zip(smaller["channels"], chosen, strict=True)
        if all(_kind(one) == _kind(other) for one, other in pairs):
            yield {name: one["name"] for name, one in zip(names, chosen, strict=True)}


def _kind(channel: Json) -> tuple[str, int | None]:
    return channel["kind"], channel.get("capacity")


def _processes(program: Json) -> list[list[Move]]:
    return [list(_moves(process["operations"])) for process in program["processes"]]


def _moves(operations: Sequence[Json]) -> Iterator[Move]:
    for one in operations:
        if one["op"] != "repeat":
            yield _move(one)
        yield from _moves(one.get("body", ()))


def _move(one: Json) -> Move:
    op = one["op"]
    if op == "select":
        flags = tuple(flag for flag in ("biased", "default", "after") if one.get(flag) is not None)
        arms = one["arms"]
        return (op, *flags, *(arm["do"] for arm in arms)), tuple(arm["channel"] for arm in arms)
    if "transfer" in one:
        timed = ("within",) if one.get("within") is not None else ()
        return (op, one["transfer"]["do"], *timed), (one["transfer"]["channel"],)
    about = (one["channel"],) if "channel" in one else ()
    return (op, *((one["side"],) if "side" in one else ())), about
