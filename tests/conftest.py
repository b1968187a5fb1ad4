"""One thread: the tensors are tiny, and the number of threads is part of a result's bits.

And a server on loopback, for tests of downloads.
"""

import pytest
import torch

from .loopback import Loopback


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def server():
    """A server on loopback that behaves as it is told."""
    with Loopback() as running:
        yield running
