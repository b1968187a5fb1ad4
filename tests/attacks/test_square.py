import pytest
import torch
from torch import nn

from robustseg.attacks.problem import Problem
from robustseg.attacks.square import share_of_voxels, square
from robustseg.threat.threat_model import ThreatModel


class Counting(nn.Module):
    """Two smooth classes; notes how often it is asked and whether for a gradient."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv3d(2, 2, 3, padding=1).requires_grad_(False)
        self.asked, self.images = 0, []

    def forward(self, image):
        assert not torch.is_grad_enabled()
        self.asked += 1
        self.images.append(image)
        return self.conv(image)


def task(**settings):
    generator = torch.Generator().manual_seed(4)
    return Problem(
        model=Counting(),
        image=torch.randn(2, 2, 6, 6, 6, generator=generator),
        target=torch.randint(0, 2, (2, 6, 6, 6), generator=generator),
        epsilon=0.1,
        seeds=(1, 2),
        **settings,
    )


@pytest.mark.parametrize("queries", [1, 2, 30])
def test_budget_is_kept_and_no_gradient_is_taken(queries):
    posed = task()
    square(posed, queries=queries)
    assert posed.model.asked == queries + 1  # and the clean volume, to compare with


def test_every_query_is_at_the_edge_of_the_ball_and_differs_in_a_cube():
    posed = task(threat_model=ThreatModel(clip="none"))
    square(posed, queries=40)
    clean, start, *trials = posed.model.images
    edge = 0.1 * posed.threat_model.peak(clean).expand_as(clean)
    for image in (start, *trials):
        torch.testing.assert_close((image - clean).abs(), edge)
    signs = (start - clean).sign()
    assert torch.equal(signs, signs[:, :, :1].expand_as(signs)), "constant along the first axis"
    assert not torch.equal(signs[0], signs[1])
    side = round((0.1 * 6**3) ** (1 / 3))
    first = (trials[0] - start).abs().amax(1) > 0
    for case in range(2):
        places = first[case].nonzero()
        assert len(places)
        assert ((places.amax(0) - places.amin(0)) < side).all()


def test_what_is_returned_is_the_worst_of_all_that_was_asked():
    posed = task()
    adversarial = square(posed, queries=60)
    asked = torch.stack([posed.rank(posed.logits(image)) for image in posed.model.images[:61]])
    assert torch.equal(posed.rank(posed.logits(adversarial)), asked.amax(0))
    assert (asked.amax(0) > asked[:2].amax(0)).all(), "no cube helped"


@pytest.mark.parametrize("queries", [10_000, 1000])
def test_cubes_shrink_as_in_the_paper(queries):
    marks = [10, 50, 200, 1000, 2000, 4000, 6000, 8000]
    for step, mark in enumerate(marks):
        at = mark * queries // 10_000
        assert share_of_voxels(at, queries, 0.1) == 0.1 / 2**step
        assert share_of_voxels(at + 1, queries, 0.1) == 0.1 / 2 ** (step + 1)
