"""Cases in the folder layouts of BraTS and MSD and in sheets."""
