include: "workflow/Snakefile"


# Snakemake ignores the default target of an included file.
localrules:
    default,


rule default:
    default_target: True
    input:
        rules.all.input,
