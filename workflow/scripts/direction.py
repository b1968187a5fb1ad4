"""Compute the direction of a one-step attack for every test case."""

from robustseg.attacks.directions import write_direction
from robustseg.attacks.fgsm import fgsm_direction
from robustseg.data.volumes import read_volumes
from robustseg.job import job
from robustseg.models.device import in_portions, select_device
from robustseg.models.losses import DiceLoss
from robustseg.models.weights import load_model
from robustseg.threat.threat_model import ThreatModel

with job(snakemake.log[0]):
    device = select_device(snakemake.params.threads)
    model = load_model(snakemake.input.weights).to(device)
    image, labels, cases = read_volumes(
        snakemake.input.samples, statistics=snakemake.input.get("statistics") or None
    )
    request = snakemake.params.request
    settings = {
        "threat_model": ThreatModel(**request["threat_model"]),
        "loss": DiceLoss(**request["loss"]),
    }
    direction = in_portions(
        lambda image, labels: fgsm_direction(model, image, labels, **settings),
        image,
        labels,
        size=request["batch_size"],
        device=device,
    )
    write_direction(snakemake.output[0], direction, cases)
