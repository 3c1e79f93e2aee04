"""What the browser tests drive: a real Jupyter server, a real Chromium, and a page to work in."""
