"""A pattern made by hand."""

from __future__ import annotations

from experiments.calibration.patterns import Pattern


def pattern(**changes: object) -> Pattern:
    plain = {
        "name": "a",
        "title": "A",
        "total": ("delivered_h100e",),
        "quarters": ("2025Q3",),
        "unit": "1",
        "observed": 2.0,
        "measurement": 0.3,
        "discrepancy": 0.4,
        "aim": 0.5,
        "role": "fitted",
        "grade": "B",
        "source": "a source",
        "measured_to": "2025Q3",
    }
    return Pattern.model_validate({**plain, **changes})
