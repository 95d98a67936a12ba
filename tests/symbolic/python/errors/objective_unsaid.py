import symbolic as sym


def target():  # type: ignore[no-untyped-def]
    rate = sym.floating(0.0, 1.0)
    return rate * 2
