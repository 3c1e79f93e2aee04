"""What the tests share: models, curves, loops to test, a real JupyterLab, and how long to wait."""
