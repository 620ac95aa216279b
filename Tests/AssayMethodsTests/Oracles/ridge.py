"""The ridge regression of StructuredSolvingTests, with numpy: (G + L)·W = C + L·W0, the bias without ridge."""
import numpy as np

z = np.array([1, 2, 1, 0, 1, 1, 3, -1, 1, 2, 0.5, 1, -1, 1.5, 1]).reshape(5, 3)
y = np.array([1, 0, 2, 1, -1, 3, 0.5, 0.5, 2, -2]).reshape(5, 2)
prior = np.array([0.5, -0.5, 0.25, 1, 0, 0]).reshape(3, 2)
gram = z.T @ z
ridge = 0.1 * np.mean(np.diag(gram)[:2]) * np.diag([1, 1, 0])
weights = np.linalg.solve(gram + ridge, z.T @ y + ridge @ prior)
print([float(v) for v in weights.ravel()])
print(float(np.sum((y - z @ weights) ** 2)))
