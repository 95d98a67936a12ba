"""Studies as Optuna studies, so that optuna-dashboard and whatever else reads Optuna show them."""
