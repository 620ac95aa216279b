"""Five steps of PyTorch's optimizers on one vector, with the gradients below. Writes optimizers.csv. Needs torch 2.13."""
import torch

START = [0.5, -1.25, 2.0, 0.0]
GRADIENTS = [[0.1, -0.2, 0.3, 1.5], [0.05, 0.4, -0.3, 0.0], [-0.6, 0.1, 0.2, -1.0], [0.2, 0.2, 0.2, 0.2], [0.0, -0.5, 0.1, 3.0]]
RULES = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9),
    "rmsprop momentum": lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.9, momentum=0.5),
    "adam": lambda p: torch.optim.Adam(p, lr=0.1),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.1, weight_decay=0.05),
}
with open("optimizers.csv", "w") as file:
    for name, make in RULES.items():
        vector = torch.tensor(START, requires_grad=True)
        optimizer = make([vector])
        for gradient in GRADIENTS:
            vector.grad = torch.tensor(gradient)
            optimizer.step()
        file.write(",".join([name] + [repr(value) for value in vector.tolist()]) + "\n")
