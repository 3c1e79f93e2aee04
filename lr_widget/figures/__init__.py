"""The picture outside the page: what is drawn, and how Plotly and Matplotlib draw it."""
