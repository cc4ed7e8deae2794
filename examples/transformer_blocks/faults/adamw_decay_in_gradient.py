"""item: adamw
says: The decay is added to the gradient, as in Adam with L2."""


def adamw_step(weight, gradient, m, v, step, lr, betas, eps, decay):
    gradient = gradient + decay * weight
    m, v = betas[0] * m + (1 - betas[0]) * gradient, betas[1] * v + (1 - betas[1]) * gradient**2
    return weight - lr * m / (1 - betas[0] ** step) / ((v / (1 - betas[1] ** step)).sqrt() + eps), m, v
