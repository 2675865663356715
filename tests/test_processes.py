"""Work that processes share is done once, in its order, whatever becomes of one of them."""

import multiprocessing
import os
import threading

import pytest

from gistbook.book import audit

pytestmark = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")

LARGE = 2**30


@pytest.mark.parametrize("items", [[], [1], list(range(7))])
@pytest.mark.parametrize("many", [1, 2, 3])
def test_what_is_made_of_each_item_comes_in_the_order_of_the_items(items, many):
    assert audit.shared(lambda item: [item, item * item], items, many) == [[item, item * item] for item in items]


def test_each_process_does_its_share():
    doers = audit.shared(lambda _: os.getpid(), list(range(6)), 2)

    assert len(set(doers)) == 2
    assert doers[::2] == [os.getpid()] * 3


def test_the_share_of_a_process_that_ended_before_is_done_here():
    here = os.getpid()

    assert audit.shared(lambda item: item if os.getpid() == here else os._exit(1), [1, 2, 3], 2) == [1, 2, 3]


def test_a_process_is_gone_when_the_work_fails():
    def fail(_):
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        audit.shared(fail, [1], 2)
    assert multiprocessing.active_children() == []


def test_little_is_read_by_one_process_and_so_is_all_where_there_are_threads():
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert (audit.may_share(1), audit.may_share(LARGE)) == (1, 1)
    finally:
        done.set()
        thread.join()
