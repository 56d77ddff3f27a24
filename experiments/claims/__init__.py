"""The claims on trial."""
