"""The scales of ScaleFitTests, with numpy: M·s = b for two groups of a row whose codes are chosen."""
import numpy as np

x = np.array([[1, 0.5, 0, -1, 2], [0, 1, 1, 0.5, -1], [2, 0, -1, 1, 1], [1, 1, 1, 1, 0], [0, -1, 2, 0, 1], [1, 0, 0, 2, -2]])
weights = np.array([0.9, -0.4, 0.25, 1.3, -0.7])
steps = np.array([[4, -2, 1, 0, 0], [0, 0, 0, 5, -3]])
correlation = x.T @ x + 0.25 * np.eye(5)
scales = np.linalg.solve(steps @ correlation @ steps.T, steps @ correlation @ weights)
print([float(v) for v in (x.T @ x).ravel()])
print([float(v) for v in scales])
