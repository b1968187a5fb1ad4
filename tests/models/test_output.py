import pytest
import torch

from robustseg.errors import InputError
from robustseg.models.output import logits_of

IMAGE = torch.zeros(2, 4, 3, 5, 6)
RIGHT = torch.randn(2, 3, 3, 5, 6)


@pytest.mark.parametrize("classes", [2, 3])
def test_right_output_passes_as_it_is(classes):
    assert logits_of(lambda _: RIGHT, IMAGE, classes=classes) is RIGHT


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
    ],
)
def test_half_precision_becomes_float32(given, wanted):
    assert logits_of(lambda _: RIGHT.to(given), IMAGE).dtype == wanted


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (RIGHT[:1], r"\(1, 3, 3, 5, 6\)"),
        (RIGHT[..., :5], r"\(2, 3, 3, 5, 5\)"),
        (RIGHT[:, :2], r"\(2, 2, 3, 5, 6\)"),
        (RIGHT.argmax(1), r"\(2, 3, 5, 6\)"),
        (RIGHT.flatten(2), r"\(2, 3, 90\)"),
        (RIGHT.movedim(1, -1), r"\(2, 3, 5, 6, 3\)"),
        (RIGHT[None], r"\(1, 2, 3, 3, 5, 6\)"),
        (torch.tensor(1.0), r"\(\)"),
        ([RIGHT, RIGHT], "list"),
        (None, "NoneType"),
    ],
)
def test_another_shape_is_one_line_that_says_both(output, said):
    wanted = r"not \(2, 3 or more classes, 3, 5, 6\); correct the network"
    with pytest.raises(InputError, match=f"^the model's output is {said}, {wanted}$"):
        logits_of(lambda _: output, IMAGE, classes=3)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_output_that_is_not_finite_is_one_line(value):
    broken = RIGHT.clone()
    broken[1, 2, 0, 0, 0] = value
    with pytest.raises(InputError, match=r"^the model's logits are not finite; look at"):
        logits_of(lambda _: broken, IMAGE)
