"""The exceptions: whose kin they are, what they hold, how they read."""

import asyncio
import copy
import pickle
import queue
import sys

import pytest

from chanpatterns import (
    ChannelError,
    Closed,
    Empty,
    Full,
    SendClosed,
    SendTimeout,
    Timeout,
    Unsent,
)


@pytest.mark.parametrize(
    ("error", "kin"),
    [
        (Closed(), ()),
        (Empty(), (queue.Empty, asyncio.QueueEmpty)),
        (Timeout(), (TimeoutError,)),
        (SendClosed(1), (Unsent, Closed)),
        (Full(1), (Unsent, queue.Full, asyncio.QueueFull)),
        (SendTimeout(1), (Unsent, Timeout, TimeoutError)),
    ],
)
def test_kin(error, kin):
    assert isinstance(error, ChannelError)
    assert all(isinstance(error, other) for other in kin)
    message = str(error)
    assert message[0].isupper()
    assert message.endswith(".")
    for same in [copy.copy(error), pickle.loads(pickle.dumps(error))]:
        assert type(same) is type(error)
        assert str(same) == message
        if isinstance(error, Unsent):
            assert same.item == 1


@pytest.mark.skipif(
    sys.version_info < (3, 13), reason="queue.ShutDown came with 3.13"
)
def test_closed_is_shut_down():
    assert issubclass(Closed, queue.ShutDown)
    assert issubclass(Closed, asyncio.QueueShutDown)
    assert issubclass(SendClosed, queue.ShutDown)
