import pytest
import torch

from robustseg.models.output import logits_of
from robustseg.runtime.errors import InputError

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


def logits_of_output(output):
    return logits_of(lambda _: output, IMAGE)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("temperature", [0.05, 1, 20])
def test_probabilities_are_refused(dtype, temperature):
    softmax = (RIGHT / temperature).softmax(1).to(dtype)
    with pytest.raises(InputError, match=r"are probabilities.*a sum of 1.*take the softmax off"):
        logits_of_output(softmax)
    with pytest.raises(InputError, match=r"are probabilities.*take the sigmoid off"):
        logits_of_output((RIGHT / temperature).sigmoid().to(dtype))


@pytest.mark.parametrize(
    "logits",
    [
        RIGHT,
        RIGHT.abs() + 0.5,
        RIGHT - 10,
        RIGHT / 10,
        RIGHT.log_softmax(1),
        RIGHT.logsumexp(1, keepdim=True) + RIGHT.log_softmax(1) * 0.01 + 3,
        10 * RIGHT.softmax(1),
        torch.zeros_like(RIGHT),
        (RIGHT.amax(1, keepdim=True) == RIGHT).float(),
    ],
)
def test_logits_are_no_probabilities(logits):
    assert logits_of_output(logits) is logits


def test_one_voxel_outside_makes_logits():
    logits = RIGHT.softmax(1)
    logits[1, 2, 0, 0, 0] = 1.2
    assert logits_of_output(logits) is logits
