"""Tasks: data, a loss and metrics by name. `Task` makes one of your own data loaders."""

from backends.torch.tasks.custom import Task

__all__ = ["Task"]
