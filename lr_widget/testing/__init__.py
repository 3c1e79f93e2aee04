"""What a loop has to hold, as tests that run unchanged for every loop, also one of yours.

    from lr_widget.testing import LoopRig, LoopTests

    class MyRig(LoopRig):       # how your trainer trains the rig's model
        ...

    class TestMyLoop(LoopTests):
        rig_class = MyRig

pytest then runs all of them for your loop: the rate of every step, the losses recorded, names and
modes; and that after every ending of `ENDINGS` everything is as it was, to the last bit, and the
next epoch is the one without a sweep. Needs pytest and torch.
"""

from lr_widget.testing.endings import ENDINGS
from lr_widget.testing.loop_tests import LoopTests
from lr_widget.testing.rig import LoopRig, Plant, Setting

__all__ = ["ENDINGS", "LoopRig", "LoopTests", "Plant", "Setting"]
