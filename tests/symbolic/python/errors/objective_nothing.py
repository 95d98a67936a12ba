import symbolic as sym


def target():  # type: ignore[no-untyped-def]
    [sym.floating(0.0, 1.0, name="rate")].clear()
