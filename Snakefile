include: "workflow/Snakefile"


# The default target of an included file is not handed on.
localrules:
    default,


rule default:
    default_target: True
    input:
        rules.all.input,
