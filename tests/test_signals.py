"""Ctrl-C that is heard at the right moment."""

import signal
import threading

import pytest

from helpers import signals


def test_ctrl_c_waits_for_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with signals.undisturbed():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")
    assert done == ["the rest"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_acts_at_once():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with signals.undisturbed():
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)
            done.append("the rest")
    assert not done and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_ctrl_c_broke_is_told_as_ctrl_c_and_other_errors_as_they_are():
    with pytest.raises(KeyboardInterrupt), signals.undisturbed():
        signal.raise_signal(signal.SIGINT)
        raise RuntimeError("a worker died of the same Ctrl-C")
    with pytest.raises(RuntimeError, match="of its own"), signals.undisturbed():
        raise RuntimeError("of its own")


def test_other_threads_are_left_alone():
    found = []

    def work():
        with signals.undisturbed():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
