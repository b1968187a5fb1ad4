import os
import signal
import threading

import pytest

from robustseg.training.interruption import SIGNALS, Interruption


@pytest.mark.parametrize("number", SIGNALS)
def test_first_signal_is_noted_and_ends_nothing(number):
    before = signal.getsignal(number)
    with Interruption() as interruption:
        assert interruption.received is None
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
        assert interruption.received == number.name
    assert signal.getsignal(number) == before


def test_handlers_come_back_after_an_error():
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(ZeroDivisionError), Interruption():
        raise ZeroDivisionError
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_another_thread_goes_without():
    failures = []

    def enter():
        try:
            with Interruption() as interruption:
                assert interruption.received is None
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert not failures
