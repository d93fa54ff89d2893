"""Many messages through many threads."""

import time
from itertools import chain, groupby

import pytest

from chanpatterns import channel

PRODUCERS, CONSUMERS = 8, 4


@pytest.mark.parametrize(
    ("capacity", "messages"), [(64, 1_000_000), (None, 400_000), (0, 20_000)]
)
def test_nothing_is_lost(capacity, messages, in_background, capsys):
    tx, rx = channel(capacity)
    each = messages // PRODUCERS
    taken = [[] for _ in range(CONSUMERS)]

    def produce(tx, producer):
        with tx:
            for n in range(each):
                tx.send((producer, n))

    begin = time.perf_counter()
    threads = [
        in_background(produce, tx.clone(), producer)
        for producer in range(PRODUCERS)
    ]
    with tx:
        pass
    threads += [in_background(part.extend, rx) for part in taken]
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - begin
    with capsys.disabled():
        print(f"\n{capacity=}: {messages / seconds:,.0f} messages/s")

    everything = sorted(chain(*taken))
    assert everything == [
        (producer, n) for producer in range(PRODUCERS) for n in range(each)
    ]
    for part in taken:
        part.sort(key=lambda message: message[0])  # stable
        for _producer, own in groupby(part, lambda message: message[0]):
            numbers = [n for _producer, n in own]
            assert numbers == sorted(numbers)
