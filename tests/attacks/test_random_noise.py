import pytest
import torch

from robustseg.attacks.problem import Problem
from robustseg.attacks.random_noise import random_signs
from robustseg.runtime.errors import InputError
from robustseg.runtime.seeds import derive_seed
from robustseg.threat.threat_model import ThreatModel

UNCLIPPED = ThreatModel(clip="none")


def draw(image, *seeds, **settings):
    problem = Problem(
        model=None,
        image=image,
        target=torch.zeros(len(image), *image.shape[2:]),
        seeds=seeds,
        **{"epsilon": 0.05, "threat_model": UNCLIPPED, **settings},
    )
    return random_signs(problem)


def test_half_of_the_signs_are_positive_and_all_have_the_full_size():
    image = torch.randn(2, 4, 16, 16, 16) * 100
    noise = (draw(image, 0, 1) - image) / image.abs().amax((1, 2, 3, 4), keepdim=True)
    torch.testing.assert_close(noise.abs(), torch.full_like(noise, 0.05), rtol=1e-3, atol=0)
    count = noise.numel()
    positive = (noise > 0).double().mean().item()
    assert abs(positive - 0.5) < 4 * 0.5 / count**0.5  # four standard deviations


def test_neighbors_sequences_and_cases_are_independent():
    image = torch.ones(2, 2, 16, 16, 16)
    signs = draw(image, 0, 1).sub(image).sign()
    limit = 4 / signs[0, 0].numel() ** 0.5
    for first, second in [
        (signs[:, :, 1:], signs[:, :, :-1]),
        (signs[:, 0], signs[:, 1]),
        (signs[0], signs[1]),
    ]:
        assert (first * second).mean().abs() < limit


@pytest.mark.parametrize("epsilon", [0, 0.01, 0.1])
def test_rmse_is_epsilon_without_clipping_and_less_with(epsilon):
    image = torch.rand(2, 4, 12, 12, 12) * 300
    peak = image.abs().amax((1, 2, 3, 4))

    def rmse(threat_model):
        noisy = draw(image, 0, 1, epsilon=epsilon, threat_model=threat_model)
        assert (threat_model.distance(noisy, image) <= epsilon * (1 + 1e-5)).all()
        return (noisy - image).square().mean((1, 2, 3, 4)).sqrt() / peak

    torch.testing.assert_close(rmse(UNCLIPPED), torch.full((2,), float(epsilon)), rtol=1e-4, atol=0)
    if epsilon:
        assert (rmse(ThreatModel()) < rmse(UNCLIPPED)).all()


def test_draw_is_the_seeds_and_no_other():
    image = torch.rand(1, 4, 6, 6, 6)
    assert torch.equal(draw(image, 3), draw(image, 3))
    assert not torch.equal(draw(image, 3), draw(image, 4))


def test_case_draws_the_same_whatever_its_batch():
    image = torch.rand(4, 4, 6, 6, 6)
    seeds = [derive_seed(0, f"case-{n}") for n in range(4)]
    together = draw(image, *seeds)
    alone = torch.cat([draw(image[n : n + 1], seeds[n]) for n in range(4)])
    reversed_ = draw(image.flip(0), *seeds[::-1]).flip(0)
    assert torch.equal(together, alone)
    assert torch.equal(together, reversed_)
    signs = (together - image).sign()
    assert not torch.equal(signs[0], signs[1])


def test_all_epsilons_share_the_signs():
    image = torch.rand(2, 2, 6, 6, 6)
    small, large = (draw(image, 1, 2, epsilon=e) - image for e in (0.01, 0.1))
    assert torch.equal(small.sign(), large.sign())


def test_brain_support():
    image = torch.rand(1, 2, 6, 6, 6)
    image[..., :3] = -7
    noisy = draw(image, 0, threat_model=ThreatModel(support="brain"))
    assert torch.equal(noisy[..., :3], image[..., :3])
    assert not torch.equal(noisy[..., 3:], image[..., 3:])


def test_as_many_seeds_as_cases():
    with pytest.raises(InputError, match="needs 2 seeds, one a case"):
        draw(torch.rand(2, 1, 4, 4, 4), 1)
