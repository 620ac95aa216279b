"""Rates of PyTorch's schedulers: 4 epochs of 5 steps, base rate 0.5. Writes schedules.csv. Needs torch 2.13."""
import torch
from torch.optim import SGD, lr_scheduler

EPOCHS, STEPS = 4, 5


def rates(make, by_epoch=False):
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    scheduler = make(optimizer)
    found = []
    for epoch in range(EPOCHS):
        for _ in range(STEPS):
            found.append(optimizer.param_groups[0]["lr"])
            optimizer.step()
            if not by_epoch:
                scheduler.step()
        if by_epoch:
            scheduler.step()
    return found


rows = {
    "one-cycle": rates(lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.5, total_steps=EPOCHS * STEPS, cycle_momentum=False)),
    "cosine": rates(lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=EPOCHS * STEPS)),
    "step": rates(lambda o: lr_scheduler.StepLR(o, step_size=2, gamma=0.1), by_epoch=True),
}
with open("schedules.csv", "w") as file:
    for name, values in rows.items():
        file.write(",".join([name] + [repr(value) for value in values]) + "\n")
