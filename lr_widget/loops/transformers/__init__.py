"""Transformers: sweeps and trains within a Trainer's `train()`. The loop is in `loop.py`."""
