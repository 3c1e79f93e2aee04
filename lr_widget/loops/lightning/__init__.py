"""Lightning: sweeps and trains within `trainer.fit`. The loop is in `loop.py`."""
