"""Adversarial robustness of 3-D medical image segmentation."""
