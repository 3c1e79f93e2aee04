"""Somebody's trainer, as a framework would bring one along: it owns its loop and calls back."""

from __future__ import annotations


class ToyTrainer:
    def __init__(self, model, optimizer, loss_fn, loader):
        self.model, self.optimizer = model, optimizer
        self.loss_fn, self.loader = loss_fn, loader
        self.epochs_done = 0

    def fit(self, epochs, before_batch=lambda: True, after_batch=lambda _: True):
        self.model.train()
        for _ in range(epochs):
            for x, y in self.loader:
                if not before_batch():
                    return
                self.optimizer.zero_grad()
                loss = self.loss_fn(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                if not after_batch(loss):
                    return
            self.epochs_done += 1
