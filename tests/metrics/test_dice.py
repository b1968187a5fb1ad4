import pytest
import torch
from monai.metrics import DiceMetric

from robustseg.data.cohort import BRATS
from robustseg.metrics.dice import dice


def line(*classes):
    return torch.tensor(classes)[None, :, None, None]


@pytest.mark.parametrize(
    ("prediction", "labels", "region", "expected"),
    [
        (line(1, 1, 0, 0), line(1, 1, 0, 0), (1,), 1),
        (line(1, 1, 0, 0), line(0, 0, 1, 1), (1,), 0),
        (line(1, 1, 0, 0), line(1, 0, 1, 0), (1,), 1 / 2),
        (line(1, 1, 1, 0), line(1, 0, 0, 0), (1,), 1 / 2),
        (line(1, 1, 1, 1), line(1, 0, 0, 0), (1,), 2 / 5),
        # Classes within a region are one: necrosis for enhancement is right in the core.
        (line(1, 3, 0, 0), line(3, 1, 0, 0), (1, 3), 1),
        (line(1, 3, 0, 0), line(3, 1, 0, 0), (3,), 0),
        (line(2, 2, 3, 0), line(2, 3, 3, 0), (1, 2, 3), 1),
        (line(2, 2, 3, 0), line(2, 3, 3, 0), (3,), 2 / 3),
        # Nobody has it: right. One has it: wrong.
        (line(0, 0, 0, 0), line(0, 0, 0, 0), (3,), 1),
        (line(2, 2, 2, 2), line(1, 1, 1, 1), (3,), 1),
        (line(3, 0, 0, 0), line(0, 0, 0, 0), (3,), 0),
        (line(0, 0, 0, 0), line(3, 0, 0, 0), (3,), 0),
    ],
)
def test_known_overlaps(prediction, labels, region, expected):
    found = dice(prediction, labels, region)
    assert found.dtype == torch.float64
    assert found.tolist() == pytest.approx([expected], abs=1e-12)


def test_symmetric_and_a_value_a_case():
    first, second = torch.randint(0, 4, (2, 5, 6, 6, 6))
    for region in BRATS.regions.values():
        values = dice(first, second, region)
        assert values.shape == (5,)
        assert torch.equal(values, dice(second, first, region))
        alone = [dice(first[n : n + 1], second[n : n + 1], region).item() for n in range(5)]
        assert values.tolist() == alone


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int64])
@pytest.mark.parametrize("region", BRATS.regions)
def test_agrees_with_monai(region, dtype):
    prediction, labels = torch.randint(0, 4, (2, 4, 7, 8, 9))
    masks = [
        sum((volume == index for index in BRATS.regions[region]), start=torch.tensor(False))[
            :, None
        ]
        for volume in (prediction, labels)
    ]
    theirs = DiceMetric(include_background=True)(*(mask.float() for mask in masks)).flatten()
    ours = dice(prediction.to(dtype), labels.to(torch.uint8), BRATS.regions[region])
    torch.testing.assert_close(ours.float(), theirs)
