"""Attacks by their names and parameters, asked for as an evaluation does."""

from dataclasses import replace

from robustseg.attacks.make_problem import make_objective, make_problem
from robustseg.attacks.registry import ATTACKS, PROBLEM
from robustseg.runtime.plugins import resolve
from robustseg.threat.registry import OBJECTIVES


def posed(asked, parameters=(), **changes):
    """Return the problem: ``asked`` are arguments of make_problem, ``changes`` of the problem."""
    chosen = {key: value for key, value in dict(parameters).items() if key in PROBLEM}
    if "loss" in chosen:
        chosen["objective"] = OBJECTIVES[chosen.pop("loss")]
    problem = make_problem(**asked, **chosen)
    if problem.targeted:
        changes.pop("criterion", None)
    return replace(problem, **changes)


def own(name, parameters):
    """Return those of the parameters that the attack is told of."""
    entry = ATTACKS[name]
    keys = {*entry.parameters, *entry.optional} - set(PROBLEM)
    return {key: value for key, value in parameters.items() if key in keys}


def attacked(name, asked, parameters, **changes):
    """Return the volumes of the attack ``name``."""
    told = own(name, parameters)
    if "losses" in told:
        told["losses"] = [
            make_objective(OBJECTIVES[loss], loss=asked["loss"], cohort=asked["cohort"])
            for loss in told["losses"]
        ]
    entry = ATTACKS[name]
    keys = {*entry.parameters, *entry.optional, "loss", "scale"}
    parameters = {key: value for key, value in parameters.items() if key in keys}
    return resolve(entry.attack)(posed(asked, parameters, **changes), **told)
