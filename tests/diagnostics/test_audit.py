"""An audit in one call is what the study's parts say one by one."""

import pytest
import torch

from robustseg import BRATS, InputError, audit
from robustseg.attacks.apgd import apgd
from robustseg.attacks.fgsm import fgsm
from robustseg.attacks.make_problem import make_problem
from robustseg.metrics.dice import dice
from robustseg.models.losses import DiceLoss
from robustseg.threat.threat_model import ThreatModel

from .conftest import IMAGE, LABELS

SETTINGS = {"cohort": BRATS, "epsilon": 0.1, "iterations": 4, "queries": 4}


@pytest.fixture(scope="module")
def audited(plain):
    return audit(plain, IMAGE[-3:], LABELS[-3:], **SETTINGS)


def test_scores_are_means_over_cases(plain, audited):
    image, labels = IMAGE[-3:], LABELS[-3:]
    problem = make_problem(
        model=plain, image=image, labels=labels, epsilon=0.1, cohort=BRATS,
        threat_model=ThreatModel(), loss=DiceLoss(),
    )  # fmt: skip
    for volumes, found in ((image, audited.clean), (fgsm(problem), audited.fgsm)):
        with torch.no_grad():
            prediction = plain(volumes).argmax(1)
        for region, classes in BRATS.regions.items():
            expected = dice(prediction, labels, classes).mean().item()
            assert found[region] == pytest.approx(expected)


def test_the_worst_case_is_below_all_and_noise_does_little(audited):
    for region in BRATS.regions:
        assert audited.worst_case[region] <= audited.fgsm[region] <= audited.clean[region]
    assert sum(audited.worst_case.values()) < sum(audited.control.values())


def test_the_last_doubling_is_what_the_second_half_of_the_steps_took(plain, audited):
    problem = make_problem(
        model=plain, image=IMAGE[-3:], labels=LABELS[-3:], epsilon=0.1, cohort=BRATS,
        threat_model=ThreatModel(), loss=DiceLoss(), scale="gap",
        objective="robustseg.threat.objectives:RegionDice",
    )  # fmt: skip
    half, whole = (-problem.badness(problem.logits(apgd(problem, iterations=n))) for n in (20, 40))
    assert audited.last_doubling == pytest.approx((half - whole).mean().item())


def test_a_saturated_model_is_flagged_and_a_sound_one_is_not(plain, audited):
    assert "gradient masking" not in [flag["name"] for flag in audited.flags]

    class Large(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.network = plain

        def forward(self, image):
            return self.network(image) * 1e4

    found = audit(Large().eval(), IMAGE[-3:], LABELS[-3:], **SETTINGS)
    assert "gradient masking" in [flag["name"] for flag in found.flags]
    assert found.clean == audited.clean


def test_again_is_the_same(plain, audited):
    assert audit(plain, IMAGE[-3:], LABELS[-3:], **SETTINGS) == audited


def test_labels_beyond_the_cohort_and_no_cohort_are_refused(plain):
    with pytest.raises(InputError, match="the labels have the value 4"):
        audit(plain, IMAGE[-3:], LABELS[-3:] + 1, **SETTINGS)
    with pytest.raises(TypeError, match="cohort"):
        audit(plain, IMAGE[-3:], LABELS[-3:])
