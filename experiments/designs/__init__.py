"""Designs of experiments: what varies, what is held, what is measured and why, as files that read like a lab note."""
