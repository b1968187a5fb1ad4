"""From case folders to samples: phantoms, import, validation, bias field, preprocessing, split."""
