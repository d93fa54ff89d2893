"""What came of one item that a pattern worked on."""

from typing import Generic, TypeVar, cast

T_co = TypeVar("T_co", covariant=True)


class Outcome(Generic[T_co]):
    """A value, or the exception that came in its stead.

    >>> from chanpatterns import worker_pool
    >>> (outcome,) = worker_pool(["7"], int, workers=1)
    >>> outcome
    Outcome(index=0, value=7)
    >>> (outcome,) = worker_pool(["VII"], int, workers=1)
    >>> outcome.ok
    False
    >>> outcome.value
    Traceback (most recent call last):
        ...
    ValueError: invalid literal for int() with base 10: 'VII'
    """

    __slots__ = ("_traceback", "_value", "error", "index")

    index: int
    """The number of the item, counted from 0."""

    error: BaseException | None
    """The exception with its traceback, or ``None`` if there is a value."""

    def __init__(
        self,
        index: int,
        value: T_co | None,
        error: BaseException | None,
    ) -> None:
        """Make an outcome; ``value`` counts only if ``error`` is ``None``."""
        self.index = index
        self.error = error
        self._value = value
        self._traceback = None if error is None else error.__traceback__

    @property
    def ok(self) -> bool:
        """Whether there is a value."""
        return self.error is None

    @property
    def value(self) -> T_co:
        """The value; if there is none, its exception is raised.

        The traceback leads to where it was raised first.
        """
        if self.error is None:
            return cast("T_co", self._value)
        try:
            raise self.error.with_traceback(self._traceback)
        finally:
            # The exception refers to this frame, and `self` to it.
            del self

    def __repr__(self) -> str:
        """Show what there is."""
        result = (
            f"value={self._value!r}"
            if self.error is None
            else f"error={self.error!r}"
        )
        return f"{type(self).__name__}(index={self.index}, {result})"


class Done(Outcome[T_co]):
    """What came of one job of `work_stealing`, and who did it."""

    __slots__ = ("owner", "worker")

    worker: int
    """The number of the worker that did the job."""

    owner: int
    """The number of the load it was in, in which ``index`` is its place."""

    def __init__(
        self,
        index: int,
        value: T_co | None,
        error: BaseException | None,
        worker: int,
        owner: int,
    ) -> None:
        """Make the outcome of a job of load ``owner``, done by ``worker``."""
        super().__init__(index, value, error)
        self.worker = worker
        self.owner = owner

    def __repr__(self) -> str:
        """Show what there is, and who did it."""
        return (
            f"{super().__repr__()[:-1]}, "
            f"worker={self.worker}, owner={self.owner})"
        )
