"""torch's modes: gradients, autocast, the search for anomalies, the default dtype, determinism.

As context managers they end by themselves. fastai's mixed precision enters and leaves autocast by
hand, in two callbacks: an error between the two leaves it on, and a later autocast of the user
would then never empty its cache of casted weights.
"""

from __future__ import annotations

import torch

DEVICES = ("cpu", "cuda", "xpu", *(["mps"] if torch.backends.mps.is_available() else []))


class TorchModes:
    """The modes of this thread and process."""

    def __init__(self) -> None:
        self._grad = torch.is_grad_enabled()
        self._anomaly = torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()
        self._dtype = torch.get_default_dtype()
        self._deterministic = torch.are_deterministic_algorithms_enabled()
        self._warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
        self._autocast = {device: _autocast(device) for device in DEVICES}
        self._cache = torch.is_autocast_cache_enabled()
        self._nesting = _nesting()

    def restore(self) -> None:
        """Set them back."""
        torch.set_grad_enabled(self._grad)
        torch.autograd.set_detect_anomaly(*self._anomaly)
        torch.set_default_dtype(self._dtype)
        torch.use_deterministic_algorithms(self._deterministic, warn_only=self._warn_only)
        for device, mode in self._autocast.items():
            if _autocast(device) != mode:
                enabled, dtype = mode
                torch.set_autocast_enabled(device, enabled)
                torch.set_autocast_dtype(device, dtype)
        torch.set_autocast_cache_enabled(self._cache)
        for _ in range(_nesting() - self._nesting):
            torch.autocast_decrement_nesting()
        if self._nesting == 0:
            torch.clear_autocast_cache()


def search_no_anomalies() -> None:
    """Turn anomaly detection off, so that a NaN ends the sweep by its own rule.

    With it, backward would raise an exception. The `Snapshot` turns it back on.
    """
    torch.autograd.set_detect_anomaly(mode=False)


def _autocast(device: str) -> tuple[bool, torch.dtype]:
    return torch.is_autocast_enabled(device), torch.get_autocast_dtype(device)


def _nesting() -> int:
    """Return how many autocast contexts are open: there is no other way to ask."""
    torch.autocast_increment_nesting()
    return int(torch.autocast_decrement_nesting())
