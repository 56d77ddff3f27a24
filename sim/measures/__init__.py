"""What is measured of a quarter."""
