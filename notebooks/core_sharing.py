"""Lets torch share the processor with whatever else runs; to be imported before torch.

torch's threads wait for one another by spinning. Where something else wants a core as well (the
browser that draws the curve, on a machine with two cores), a sweep then took up to ten times as
long as it does with threads that sleep while they wait; with idle cores there is no difference to
speak of. The setting is read once, when torch is loaded, and yours counts if you have one.
"""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
