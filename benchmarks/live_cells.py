"""What the live_* benchmarks run in the kernel, and what they record in the page."""

from __future__ import annotations

PICKER, FIGURE = "lr_widget", "plotly FigureWidget"

# The kernel's side, after tests/support/browser/cells.py; `sweep` and `figure` draw the same.
SETUP = """
import numpy as np
import plotly.graph_objects as go
from IPython.display import display
torch.set_num_threads(1)
stamps, took = [], {}  # when each loss was known; seconds of a whole sweep

def sweep(points, work, show=True):
    stamps.clear()
    def step():
        work()
        loss = torch.tensor(curve(optimizer.param_groups[0]["lr"]))
        stamps.append(time.time())
        return loss
    begin = time.perf_counter()
    picker = lr_find(step=step, optimizer=optimizer, model=model, num_it=points, end_lr=1.0,
                     stop_div=False, show=show)
    took[show] = time.perf_counter() - begin
    return picker

def figure(points, work, show=True):
    stamps.clear()
    lrs = np.geomspace(1e-7, 1.0, points)
    losses = np.array([curve(lr) for lr in lrs])
    begin = time.perf_counter()
    if show:
        axes = {"xaxis": {"type": "log", "range": [-7, 0]}, "yaxis": {"range": [0, 3]}}
        dots = go.Scatter(x=[], y=[], mode="markers", marker={"size": 4})
        fig = go.FigureWidget([dots], axes)
        display(fig)
    for i in range(1, points + 1):
        work()
        stamps.append(time.time())
        if show:
            with fig.batch_update():
                fig.data[0].x = lrs[:i]
                fig.data[0].y = losses[:i]
    took[show] = time.perf_counter() - begin

def rest(seconds):
    return lambda: time.sleep(seconds)

def labour(seconds):
    a = torch.ones(128, 128)
    times = []
    for _ in range(2000):
        begin = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - begin)
    count = round(seconds / sorted(times)[1000])
    return lambda: [a @ a for _ in range(count)] and None
"""
CALL = {PICKER: "picker = sweep", FIGURE: "figure"}

# The page's side. `seen`: how many points the plot held once a frame was painted, and when.
HOOK = """() => {
    window.live = { begin: 0, seen: [], on: false };
    const begin = (e) => { if (e.ctrlKey && e.key === "Enter") live.begin = Date.now(); };
    addEventListener("keydown", begin, true);
}"""
WATCH = """(selector) => {
    Object.assign(live, { seen: [], on: true });
    const { port1, port2 } = new MessageChannel();
    let count = 0;
    port1.onmessage = () => {
        const plot = document.querySelector(selector);
        // lr_widget draws the newest points of a running sweep on a canvas over Plotly's
        const trail = document.querySelector(selector.split(" ")[0] + " .lrw-trail");
        const newest = Number(trail?.dataset.points ?? 0);
        const n = Math.max(plot?.data?.[0]?.x?.length ?? 0, newest);
        if (n !== count) live.seen.push([count = n, Date.now()]);
    };
    const frame = () => {
        if (!live.on) return port1.close();
        port2.postMessage(null);
        requestAnimationFrame(frame);
    };
    frame();
}"""
PAINTED = """(selector) => new Promise((resolve) => {
    const painted = () => resolve(Date.now() - live.begin);
    const look = () => requestAnimationFrame(
        document.querySelector(selector) ? () => setTimeout(painted) : look);
    look();
})"""
