"""Download of the data folder: a separate target, run before a study can be planned."""


rule download:
    log:
        LOGS / "download.log",
    conda:
        "../../envs/download.yaml"
    params:
        data=config["data"],
    message:
        "Download of the data folder"
    script:
        "../scripts/download.py"
