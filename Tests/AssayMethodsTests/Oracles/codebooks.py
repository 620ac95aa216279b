"""k-means in one dimension by scipy.cluster.vq.kmeans2 (scipy 1.17.1), from given centroids until nothing changes."""
import warnings

import numpy as np
from scipy.cluster.vq import kmeans2

warnings.filterwarnings("ignore")
u = np.array([(i * 40503 + 17) % 65536 for i in range(500)], dtype=np.float32) / np.float32(65536) - np.float32(0.5)
weights = (u * np.abs(u)).astype(np.float32)
data = weights.astype(np.float64)
ordered = np.sort(data)
for name, count in [("linear", 4), ("linear", 16), ("density", 4), ("density", 16)]:
    if name == "linear":
        start = ordered[0] + (ordered[-1] - ordered[0]) * np.arange(count) / (count - 1)
    else:
        start = ordered[(2 * np.arange(count) + 1) * len(ordered) // (2 * count)]
    centroids, _ = kmeans2(data, start, minit="matrix", iter=2000)
    centroids = np.sort(centroids.ravel())
    nearest = np.abs(data[:, None] - centroids[None, :]).argmin(axis=1)
    error = ((data - centroids[nearest]) ** 2).sum()
    print(name, count, [float(np.float32(c)) for c in centroids], float(error))
