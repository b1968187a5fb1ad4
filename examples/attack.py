"""An attack of one's own: random signs first, then steps along the sign of the gradient.

In a configuration:

    plugins: [examples/attack.py]
    attacks:
      r-fgsm: {method: "attack:r_fgsm", alpha: 0.5, epsilons: [0.05]}
"""

import torch
from torch import Tensor

from robustseg import Problem


def r_fgsm(problem: Problem, *, alpha: float = 0.5) -> Tensor:
    """Return R+FGSM (Tramèr et al. 2018): a random step, then one along the gradient's sign.

    Args:
        problem: model, volumes, objective, threat model and seeds.
        alpha: share of epsilon that the random step takes, in [0, 1].
    """
    image, threat_model = problem.image, problem.threat_model
    signs = problem.draw(torch.rand, 0) - 0.5
    start = threat_model.moved(image, signs.sign(), epsilon=alpha * problem.epsilon)
    return problem.steps(start=start, step_size=(1 - alpha) * problem.epsilon, iterations=1)
