"""What the diagnostics might measure of a sound model."""

SOUND = {
    "segmentation": {
        "classes": ["necrotic", "edema", "enhancing"],
        "dice": [0.7, 0.75, 0.8],
        "voxels": [900, 3200, 1500],
        "predicted": [800, 3300, 1400],
    },
    "saturation": {"saturated": 0.0, "gap_quantiles": [7, 9, 9.8, 10, 11], "hard": False},
    "output": {"sum_spread": 0.5, "lowest": -0.5, "low": 0.001, "high": 0.001},
    "logit_scale": {
        "regions": ["wt", "tc", "et"],
        "clean": [0.89, 0.82, 0.77],
        "plain": [0.6, 0.5, 0.4],
        "temperature": [0.6, 0.5, 0.4],
        "ordinary": [0.6, 0.5, 0.4],
        "gap": [0.3, 0.2, 0.1],
        "ordinary_tau": 1.0,
    },
    "zero_gradient": {"float32": 0.0, "float64": 0.0, "effect": 0.0},
    "finite_differences": {"cosine": 0.99, "nonlinearity": 0.05},
    "ray": {"radii": [0.25, 0.5, 1.0], "rise": [0.05, 0.1, 0.2], "growth": 2.0},
    "iteration_curve": {"iterations": [1, 2], "dice": [0.5, 0.4], "gain": 0.0},
    "restarts": {"long": 0.3, "restarted": 0.32},
    "one_step": {"clean": 0.8, "fgsm": 0.5, "iterated": 0.3, "ordinary": 0.3},
    "full_range": {"epsilons": [0.5, 2.0], "dice": [0.2, 0.0], "constant": 0.0},
    "controls": {"signs": 0.86, "uniform": 0.87, "flipped": 0.83},
    "query": {"square": 0.8, "white_box": 0.5, "queries": 100},
    "label_leak": {"clean": 0.87, "truth": 0.54, "prediction": 0.55},
    "stochasticity": {"difference": 0.0, "eot": None},
}
