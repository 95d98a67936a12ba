import symbolic as sym


def target() -> float:
    rate = sym.floating(0.0, 1.0)
    return rate * 2
