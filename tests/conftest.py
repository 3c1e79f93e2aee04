"""Settings for every test."""

import os

# Before anything loads torch, and for the kernels that tests start: torch's threads sleep while
# they wait for one another, instead of keeping the browser and the kernel from their core.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def pytest_addoption(parser):
    parser.addoption(
        "--matrix", action="store_true", help="run every combination of test_matrix.py, not a few"
    )
