"""item: adamw
says: The moments are used as they are."""


def adamw_step(weight, gradient, m, v, step, lr, betas, eps, decay):
    m, v = betas[0] * m + (1 - betas[0]) * gradient, betas[1] * v + (1 - betas[1]) * gradient**2
    return weight - lr * m / (v.sqrt() + eps) - lr * decay * weight, m, v
