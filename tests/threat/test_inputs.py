"""What an attack is given is checked before its first gradient, and said in one line."""

import warnings

import pytest
import torch
from torch import nn

from robustseg.attacks.apgd import apgd
from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.iterative import i_fgsm, ti_fgsm
from robustseg.attacks.pgd import pgd
from robustseg.attacks.problem import Problem
from robustseg.data.cohort import BRATS
from robustseg.diagnostics.subject import Subject
from robustseg.models.losses import DiceLoss, one_hot
from robustseg.models.unet import UNet3D
from robustseg.runtime.errors import InputError
from robustseg.threat.gradient import loss_and_gradient

IMAGE = torch.randn(2, 4, 8, 8, 8)
LABELS = torch.randint(4, (2, 8, 8, 8))
NETWORK = UNet3D(filters=2, levels=2).eval()
ENTRIES = {
    "gradient": lambda model, labels: loss_and_gradient(model, IMAGE, labels, loss=DiceLoss()),
    "fgsm": lambda model, labels: fgsm(problem(model, labels)),
    "i-fgsm": lambda model, labels: i_fgsm(problem(model, labels), iterations=2),
    "ti-fgsm": lambda model, labels: ti_fgsm(problem(model, labels, targeted=True), iterations=2),
    "pgd": lambda model, labels: pgd(problem(model, labels), relative_step=0.4, iterations=2),
    "apgd": lambda model, labels: apgd(problem(model, labels), iterations=2),
    "diagnostics": lambda model, labels: subject(model, labels).fgsm(),
}


def problem(model=NETWORK, labels=LABELS, **changes):
    settings = {"image": IMAGE, "epsilon": 0.05, "seeds": (1, 2), **changes}
    return Problem(model=model, target=labels, **settings)


def subject(model=NETWORK, labels=LABELS, **changes):
    settings = {"epsilon": 0.05, "seeds": (1, 2), "cohort": BRATS, **changes}
    return Subject(model=model, image=IMAGE, labels=labels, **settings)


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (torch.where(LABELS == 3, 4, LABELS), r"the labels have the value 4.*4 is 3"),
        (torch.where(LABELS == 3, 7, LABELS), r"the labels have the value 7"),
        (LABELS + 0.5, r"the labels have the value \d\.5, which is no class index"),
        (LABELS - 1, r"the labels have the value -1, which is no class index"),
        (LABELS[:1], r"the labels have the shape \(1, 8, 8, 8\), not \(2, 8, 8, 8\)"),
        (LABELS[..., :7], r"the labels have the shape"),
        (LABELS[:, None], r"the labels have.*labels.squeeze\(1\)"),
        (torch.full_like(LABELS, 1).float() * float("nan"), r"value nan, which is no class index"),
    ],
)  # fmt: skip
def test_labels_that_are_no_classes_are_one_line_that_speaks_of_labels(name, labels, said):
    if name == "gradient" and labels.shape[1:2] == (1,):
        said = r"the labels have 1 channels.*labels.squeeze\(1\)"
    with pytest.raises(InputError, match=said) as caught:
        ENTRIES[name](NETWORK, labels)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [name for name in ENTRIES if name != "gradient"])
def test_soft_labels_are_refused_where_classes_are_meant(name):
    with pytest.raises(InputError, match=r"the labels have the shape .*argmax\(1\)"):
        ENTRIES[name](NETWORK, one_hot(LABELS, 4))


def test_soft_labels_of_the_gradient_are_probabilities_of_every_class():
    soft = one_hot(LABELS, 4)
    assert loss_and_gradient(NETWORK, IMAGE, soft, loss=DiceLoss()).gradient.abs().sum() > 0
    for wrong, said in ((soft[:, :3], "3 channels, the model 4"), (soft * 2, "outside 0 and 1")):
        with pytest.raises(InputError, match=f"the labels have .*{said}"):
            loss_and_gradient(NETWORK, IMAGE, wrong, loss=DiceLoss())


def test_labels_beyond_the_cohort_are_refused_though_the_model_has_the_class():
    five = nn.Conv3d(4, 5, 1).eval()
    with pytest.raises(InputError, match="the labels have the value 4"):
        subject(five, torch.where(LABELS == 3, 4, LABELS))


def test_labels_of_any_integer_type_are_one_target():
    directions = [
        fgsm(problem(labels=LABELS.to(dtype)))
        for dtype in (torch.int64, torch.uint8, torch.float32)
    ]
    assert all(torch.equal(directions[0], other) for other in directions[1:])


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize(("end", "said"), [(nn.Softmax(1), "softmax"), (nn.Sigmoid(), "sigmoid")])
def test_a_network_that_ends_in_probabilities_is_refused(name, end, said):
    with pytest.raises(InputError, match=f"are probabilities.*take the {said} off"):
        ENTRIES[name](nn.Sequential(NETWORK, end).eval(), LABELS)


@pytest.mark.parametrize("epsilon", [-0.01, 8, float("nan"), float("inf")])
@pytest.mark.parametrize(
    "attack",
    [
        lambda radius: i_fgsm(problem(), step_size=radius),
        lambda radius: ti_fgsm(problem(targeted=True), step_size=radius),
        lambda radius: pgd(problem(), relative_step=radius * 20, iterations=1),
        lambda radius: problem(epsilon=radius),
        lambda radius: subject(epsilon=radius),
    ],
)
def test_a_radius_that_is_no_fraction_is_one_line(attack, epsilon):
    with pytest.raises(
        InputError, match=r"(epsilon|step_size|the step size) is .*, not a fraction.*8 / 255"
    ):
        attack(epsilon)


def test_a_cohort_is_required():
    with pytest.raises(TypeError, match="cohort"):
        Subject(model=NETWORK, image=IMAGE, labels=LABELS, epsilon=0.05, seeds=(1, 2))


@pytest.mark.parametrize("name", ["fgsm", "i-fgsm", "ti-fgsm", "pgd", "apgd", "diagnostics"])
def test_a_model_in_training_mode_is_warned_of_and_one_in_evaluation_is_not(name):
    training = UNet3D(filters=2, levels=2).eval()
    training.get_submodule(next(name for name, _ in training.named_children())).train()
    with pytest.warns(UserWarning, match=r"training mode.*model\.eval\(\)"):
        ENTRIES[name](training, LABELS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ENTRIES[name](NETWORK, LABELS)
