"""Keeps what a driver tells, and waits for it."""

import threading

# Far beyond what anything here takes, for a machine that is busy with other things.
PATIENCE_S = 30.0


class Ear:
    """Keeps what a driver tells; what is waited for has `patience_s` to come."""

    def __init__(self, patience_s=PATIENCE_S):
        self.patience_s = patience_s
        self.said = []
        self._news = threading.Condition()

    def tell(self, said):
        with self._news:
            self.said.append(said)
            self._news.notify_all()

    def forget(self):
        with self._news:
            self.said.clear()

    def mark(self):
        return len(self.said)

    def all(self, kind, after=0, **values):
        return [
            s
            for s in self.said[after:]
            if isinstance(s, kind) and all(getattr(s, k) == v for k, v in values.items())
        ]

    def wait(self, kind, after=0, within_s=None, **values):
        """The first thing of this kind and with these values that was told after a mark."""
        within_s = self.patience_s if within_s is None else within_s
        with self._news:
            self._news.wait_for(lambda: self.all(kind, after, **values), within_s)
        found = self.all(kind, after, **values)
        assert found, f"not told within {within_s} s: {kind.__name__} {values}; told: {self.said[after:]}"
        return found[0]
