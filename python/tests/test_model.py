"""Random operations that do not wait, against a deque."""

from collections import deque

import hypothesis.strategies as st
import pytest
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from chanpatterns import (
    Closed,
    Empty,
    Full,
    SendClosed,
    SendTimeout,
    Timeout,
    channel,
)


def pick(ends, data):
    """Draw one of the ends by its number, as what is drawn is kept."""
    return ends[data.draw(st.integers(0, len(ends) - 1))]


class Channel(RuleBasedStateMachine):
    @initialize(capacity=st.none() | st.integers(0, 4))
    def start(self, capacity):
        tx, rx = channel(capacity)
        self.senders, self.receivers = [tx], [rx]
        self.capacity = capacity
        self.queue = deque()
        self.closed = False

    def is_full(self):
        return self.capacity is not None and len(self.queue) >= self.capacity

    @precondition(lambda self: self.senders)
    @rule(item=st.integers(), data=st.data(), how=st.sampled_from("ts"))
    def send(self, item, data, how):
        tx = pick(self.senders, data)
        if how == "t":
            send, full = tx.try_send, Full
        else:
            send, full = (lambda item: tx.send(item, timeout=0)), SendTimeout
        if self.closed:
            with pytest.raises(SendClosed) as error:
                send(item)
            assert error.value.item == item
        elif self.is_full():
            with pytest.raises(full) as error:
                send(item)
            assert error.value.item == item
        else:
            send(item)
            self.queue.append(item)

    @precondition(lambda self: self.receivers)
    @rule(data=st.data(), how=st.sampled_from("tr"))
    def receive(self, data, how):
        rx = pick(self.receivers, data)
        if how == "t":
            receive, empty = rx.try_recv, Empty
        else:
            receive, empty = (lambda: rx.recv(timeout=0)), Timeout
        if self.queue:
            assert receive() == self.queue.popleft()
        else:
            with pytest.raises(Closed if self.closed else empty):
                receive()

    @precondition(lambda self: self.receivers)
    @rule(data=st.data())
    def drain(self, data):
        rx = pick(self.receivers, data)
        assert rx.drain() == list(self.queue)
        self.queue.clear()

    @precondition(lambda self: self.senders or self.receivers)
    @rule(data=st.data())
    def close(self, data):
        end = pick(self.senders + self.receivers, data)
        assert end.close() is not self.closed
        self.closed = True

    @precondition(lambda self: self.senders)
    @rule(data=st.data())
    def clone_sender(self, data):
        tx = pick(self.senders, data)
        self.senders.append(tx.clone())

    @precondition(lambda self: self.receivers)
    @rule(data=st.data())
    def clone_receiver(self, data):
        rx = pick(self.receivers, data)
        self.receivers.append(rx.clone())

    @precondition(lambda self: self.senders)
    @rule(data=st.data())
    def give_up_sender(self, data):
        with pick(self.senders, data) as tx:
            self.senders.remove(tx)
        self.closed |= not self.senders

    @precondition(lambda self: self.receivers)
    @rule(data=st.data())
    def give_up_receiver(self, data):
        with pick(self.receivers, data) as rx:
            self.receivers.remove(rx)
        if not self.receivers:
            self.closed = True
            self.queue.clear()

    @rule()
    def rest(self):
        """Do nothing, which is possible when no end is left."""

    @invariant()
    def looks_like_the_model(self):
        for end in self.senders + self.receivers:
            assert len(end) == len(self.queue)
            assert end.closed == self.closed
            assert end.capacity == self.capacity


TestChannel = Channel.TestCase
