"""The model tried against theory: directional hypotheses on paired worlds, placebos, and changes that must not
matter."""
