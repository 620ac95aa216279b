"""Writes accuracy.csv, the expected values of AccuracyOracleTests, with NumPy, SciPy and scikit-learn.

Each line: metric, classes, outputs (row after row), baseline outputs (targets for regression), labels, value.
The expected calibration error is written out from its definition (Guo et al. 2017), as no library here has it.
Run: python3 -P accuracy.py > accuracy.csv
"""
import numpy as np
import scipy
import sklearn
from scipy import special
from sklearn import metrics

rng = np.random.default_rng(7)


def text(xs):
    return " ".join(repr(float(x)) if np.asarray(xs).dtype.kind == "f" else str(int(x)) for x in np.ravel(xs))


def calibration_error(p, labels, bins=15):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    total = 0.0
    for m in range(bins):
        inside = (confidence > m / bins) & (confidence <= (m + 1) / bins)
        if inside.any():
            total += inside.sum() / len(labels) * abs(right[inside].mean() - confidence[inside].mean())
    return total


def line(name, classes, outputs, others, labels, value):
    print(",".join([name, str(classes), text(outputs), text(others), text(labels), repr(float(value))]))


print(f"# scipy {scipy.__version__}, scikit-learn {sklearn.__version__}, numpy {np.__version__}; made by accuracy.py")

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
    p, every = (v if probabilities else special.softmax(v, axis=1)), list(range(classes))
    occurring = np.flatnonzero(present)
    for figure, name in [(metrics.f1_score, "f1"), (metrics.precision_score, "precision"),
                         (metrics.recall_score, "recall")]:
        theirs = figure(labels, guess, average="macro", labels=occurring, zero_division=0)
        np.testing.assert_allclose(values["accuracy." + name], theirs, rtol=1e-12)
    values["accuracy.f1-micro"] = metrics.f1_score(labels, guess, average="micro")
    values["accuracy.ece"] = calibration_error(p, labels)
    truth = np.eye(classes)[labels]
    values["accuracy.brier"] = ((p - truth) ** 2).sum(axis=1).mean()
    if scale < 10:  # scikit-learn cuts smaller probabilities off elsewhere
        np.testing.assert_allclose(metrics.log_loss(labels, p / p.sum(1, keepdims=True), labels=every),
                                   values["accuracy.log-loss"], rtol=1e-6)
    if not probabilities:
        np.testing.assert_allclose(values["accuracy.brier"], metrics.brier_score_loss(
            labels, p, labels=every, scale_by_half=False), rtol=1e-9)
    if classes > 3:
        values["accuracy.top3"] = metrics.top_k_accuracy_score(labels, v, k=3, labels=every)
    for name, value in values.items():
        line(name, classes, logits, base, labels, value)

# Models with two classes, and anomaly scores in one column, some of them tied.
for rows, scale, probabilities in [(16, 1, False), (25, 6, False), (18, 2, True)]:
    logits = (rng.normal(size=(rows, 2)) * scale).astype(np.float32)
    labels = np.arange(rows) % 3 == 0
    logits[labels, 1] += np.float32(scale)
    if probabilities:
        logits = special.softmax(logits.astype(np.float64), axis=1).astype(np.float32)
    v, labels = logits.astype(np.float64), labels.astype(int)
    p = v if probabilities else special.softmax(v, axis=1)
    line("accuracy.auroc", 2, logits, logits, labels, metrics.roc_auc_score(labels, p[:, 1]))
    line("accuracy.ece", 2, logits, logits, labels, calibration_error(p, labels))
    line("accuracy.brier", 2, logits, logits, labels, ((p - np.eye(2)[labels]) ** 2).sum(axis=1).mean())
    line("accuracy.f1-micro", 2, logits, logits, labels, metrics.f1_score(labels, v.argmax(1), average="micro"))
for rows, digits in [(12, 0), (40, 1), (30, 6), (9, 0)]:
    labels = (np.arange(rows) % 4 == 0).astype(int)
    scores = np.round(rng.normal(size=rows) + labels, digits).astype(np.float32)
    line("accuracy.auroc", 1, scores, scores, labels, metrics.roc_auc_score(labels, scores))

# Regression.
for rows, width in [(7, 1), (20, 3)]:
    outputs = (rng.normal(size=(rows, width)) * 5).astype(np.float32)
    targets = (outputs + rng.normal(size=outputs.shape)).astype(np.float32)
    y, x = targets.astype(np.float64).ravel(), outputs.astype(np.float64).ravel()
    line("accuracy.mae", width, outputs, targets, np.array([], int), metrics.mean_absolute_error(y, x))
    line("accuracy.mse", width, outputs, targets, np.array([], int), metrics.mean_squared_error(y, x))
    line("accuracy.r2", width, outputs, targets, np.array([], int), metrics.r2_score(y, x))
