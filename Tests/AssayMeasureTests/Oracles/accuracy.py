"""Writes accuracy.csv, the expected values of AccuracyOracleTests, with NumPy and SciPy.

Each line: metric, classes, outputs (row after row), baseline outputs, labels, value.
Run: python3 accuracy.py > accuracy.csv
"""
import numpy as np
import scipy
from scipy import special

rng = np.random.default_rng(7)


def text(xs):
    return " ".join(repr(float(x)) if np.asarray(xs).dtype.kind == "f" else str(int(x)) for x in np.ravel(xs))


print(f"# scipy {scipy.__version__}, numpy {np.__version__}; made by accuracy.py")

for classes, rows, scale, probabilities in [(3, 8, 1, False), (7, 20, 3, False), (10, 12, 40, False), (4, 9, 1, True)]:
    logits = (rng.normal(size=(rows, classes)) * scale).astype(np.float32)
    base = (logits + rng.normal(size=logits.shape) * scale * 0.5).astype(np.float32)
    labels = rng.integers(0, classes, size=rows)
    if probabilities:
        logits = special.softmax(logits.astype(np.float64), axis=1).astype(np.float32)
        base = special.softmax(base.astype(np.float64), axis=1).astype(np.float32)
    v, b = logits.astype(np.float64), base.astype(np.float64)
    log_v = np.log(v) if probabilities else special.log_softmax(v, axis=1)
    log_b = np.log(b) if probabilities else special.log_softmax(b, axis=1)
    log_v, floor = np.maximum(log_v, np.log(1e-15)), np.log(1e-15)
    guess = v.argmax(axis=1)
    confusion = np.zeros((classes, classes))
    np.add.at(confusion, (labels, guess), 1)
    true, said, hit = confusion.sum(1), confusion.sum(0), np.diag(confusion)
    present = (true + said) > 0
    with np.errstate(all="ignore"):
        precision = np.nan_to_num(hit / said)[present].mean()
        recall = np.nan_to_num(hit / true)[present].mean()
        f1 = np.nan_to_num(2 * hit / (true + said))[present].mean()
    values = {
        "accuracy.top1": (guess == labels).mean(),
        "accuracy.log-loss": -log_v[np.arange(rows), labels].mean(),
        "accuracy.precision": precision,
        "accuracy.recall": recall,
        "accuracy.f1": f1,
        "accuracy.unanswered": 0,
        "drift.agreement": (guess == b.argmax(axis=1)).mean(),
        "drift.kl": (np.exp(log_b) * (log_b - log_v)).sum(axis=1).mean(),
        "drift.cosine": ((v * b).sum(1) / np.linalg.norm(v, axis=1) / np.linalg.norm(b, axis=1)).mean(),
        "drift.sqnr": 10 * np.log10((b**2).sum() / ((b - v) ** 2).sum()),
    }
    if classes > 5:
        values["accuracy.top5"] = (np.argsort(-v, axis=1)[:, :5] == labels[:, None]).any(axis=1).mean()
    for name, value in values.items():
        print(",".join([name, str(classes), text(logits), text(base), text(labels), repr(float(value))]))
