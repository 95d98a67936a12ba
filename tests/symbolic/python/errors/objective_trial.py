import symbolic as sym


def target(trial: object) -> object:
    return sym.floating(0.0, 1.0, name="rate")
