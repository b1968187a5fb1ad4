"""What tests of several folders share: one thread, a server on loopback, a finished study."""

import pytest
import torch
from hypothesis import settings

from .data.download.loopback import Loopback
from .workflow.conftest import Checkout, copy_workflow

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def one_thread():
    """The tensors are tiny, and the number of threads is part of a result's bits."""
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


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A workflow whose micro-study has run to the end on two cores."""
    checkout = copy_workflow(tmp_path_factory.mktemp("finished"))
    done = checkout.micro()
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return checkout
