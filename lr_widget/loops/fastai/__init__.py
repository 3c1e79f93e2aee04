"""fastai: sweeps and trains within a fit of the Learner. The loop is in `loop.py`."""
