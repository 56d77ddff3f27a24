"""How fast the market runs, where the time goes, and beside it a plain Mesa model for scale. One thread throughout."""

import os

for _threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_threads] = "1"  # read when numpy is first imported, so set before anything of ours is
