"""The forest finds the groups of features that values depend on."""

import numpy as np

from backends.importances.forest import Forest


def test_only_what_values_depend_on_matters():
    generator = np.random.default_rng(1)
    features = generator.random((120, 5))
    values = features[:, 0] + 0.5 * features[:, 3]
    shares = Forest().importances(features, values, [(0,), (1, 2), (3,), (4,)])
    assert shares[0] > shares[2] > 5 * max(shares[1], shares[3])
    assert (Forest().importances(features, values, [(0,), (1, 2), (3,), (4,)]) == shares).all()


def test_features_of_a_group_are_shuffled_together():
    generator = np.random.default_rng(2)
    option = generator.integers(4, size=160)
    one_hot = np.eye(4)[option]
    features = np.hstack([one_hot, generator.random((160, 1))])
    shares = Forest().importances(features, (option == 2) * 1.0, [(0, 1, 2, 3), (4,)])
    assert shares[0] > 10 * shares[1]


def test_one_outlier_is_no_importance():
    generator = np.random.default_rng(3)
    features = generator.random((100, 2))
    values = features[:, 0].copy()
    values[int(features[:, 1].argmax())] = 1e9
    shares = Forest().importances(features, values, [(0,), (1,)])
    assert shares[0] > 5 * shares[1]


def test_equal_values_have_no_importances():
    assert (Forest().importances(np.random.default_rng(0).random((20, 2)), np.ones(20), [(0,), (1,)]) == 0).all()
