import pytest
import torch
from monai.losses import DiceLoss as MonaiDiceLoss

from robustseg.models.losses import DiceLoss, one_hot

SMALL = 1e-12


def volumes(*values):
    """Return ``(1, classes, V, 1, 1)`` of one list of voxel values a class."""
    return torch.tensor(values, dtype=torch.float64)[None, :, :, None, None]


def random_pair(seed=0, cases=3, classes=4):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(cases, classes, 4, 5, 6, generator=generator)
    labels = torch.randint(0, classes, (cases, 4, 5, 6), generator=generator)
    return logits.softmax(1), one_hot(labels, classes)


TRUTH = volumes([1, 1, 0, 0], [0, 0, 1, 1])


@pytest.mark.parametrize(
    ("probabilities", "settings", "expected"),
    [
        (TRUTH, {}, 0),
        (TRUTH, {"squared": True}, 0),
        (1 - TRUTH, {}, 1),
        # Class 0: 2 * 1 / (1 + 2); class 1: 2 * 2 / (3 + 2).
        (volumes([1, 0, 0, 0], [0, 1, 1, 1]), {}, 1 - (2 / 3 + 4 / 5) / 2),
        (volumes([1, 0, 0, 0], [0, 1, 1, 1]), {"include_background": False}, 1 - 4 / 5),
        # Halves everywhere: 2 * 1 / (2 + 2), squared 2 * 1 / (1 + 2).
        (volumes([0.5] * 4, [0.5] * 4), {}, 1 / 2),
        (volumes([0.5] * 4, [0.5] * 4), {"squared": True}, 1 / 3),
        # Smoothing of 4: (2 * 1 + 4) / (1 + 2 + 4) and (2 * 2 + 4) / (3 + 2 + 4).
        (volumes([1, 0, 0, 0], [0, 1, 1, 1]), {"smooth": 4}, 1 - (6 / 7 + 8 / 9) / 2),
    ],
)
def test_closed_forms(probabilities, settings, expected):
    loss = DiceLoss(**{"smooth": SMALL, **settings})
    assert loss(probabilities, TRUTH).tolist() == pytest.approx([expected], abs=1e-9)


def test_class_that_neither_side_has_counts_as_right():
    only_first = volumes([1, 1], [0, 0])
    assert DiceLoss()(only_first, only_first).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("include_background", [True, False])
@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("smooth", [1e-5, 1.0])
def test_agrees_with_monai(include_background, squared, smooth):
    p, q = random_pair()
    ours = DiceLoss(include_background=include_background, squared=squared, smooth=smooth)
    theirs = MonaiDiceLoss(
        include_background=include_background,
        squared_pred=squared,
        smooth_nr=smooth,
        smooth_dr=smooth,
        reduction="none",
    )
    torch.testing.assert_close(ours(p, q), theirs(p, q).flatten(1).mean(1))


@pytest.mark.parametrize("squared", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_within_zero_and_one_and_one_value_a_case(squared, seed):
    p, q = random_pair(seed)
    loss = DiceLoss(squared=squared)
    values = loss(p, q)
    assert values.shape == (3,)
    assert ((values >= 0) & (values <= 1)).all()
    alone = torch.cat([loss(p[n : n + 1], q[n : n + 1]) for n in range(3)])
    torch.testing.assert_close(values, alone)


def test_with_soft_targets_only_the_squared_form_is_least_at_the_target():
    q = volumes([0.9, 0.8, 0.3, 0.2], [0.1, 0.2, 0.7, 0.8])
    hard = q.round()
    plain, squared = DiceLoss(smooth=SMALL), DiceLoss(smooth=SMALL, squared=True)
    # The counterexample: the plain form prefers the hard labels to the very target.
    assert plain(hard, q).item() < plain(q, q).item() - 0.05
    assert squared(q, q).item() == pytest.approx(0, abs=1e-9)
    assert squared(hard, q).item() > 0.01

    generator = torch.Generator().manual_seed(0)
    for _ in range(50):
        other = torch.rand(q.shape, generator=generator, dtype=q.dtype)
        assert squared(other / other.sum(1, keepdim=True), q).item() > 0


def test_one_hot():
    labels = torch.tensor([[[[0, 1], [2, 3]]]], dtype=torch.uint8)
    encoded = one_hot(labels, 4)
    assert encoded.shape == (1, 4, 1, 2, 2)
    assert encoded.dtype == torch.float32
    assert torch.equal(encoded.argmax(1), labels.long())
    assert torch.equal(encoded.sum(1), torch.ones(1, 1, 2, 2))
