"""Memory in which a read of what nobody wrote shows."""

import pytest
import torch


@pytest.fixture
def poisoned_memory():
    """Fill every fresh tensor with NaN."""
    before = torch.are_deterministic_algorithms_enabled()
    filling = torch.utils.deterministic.fill_uninitialized_memory
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    yield
    torch.use_deterministic_algorithms(before)
    torch.utils.deterministic.fill_uninitialized_memory = filling
