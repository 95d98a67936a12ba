"""Tasks: data, loss and metrics under a name; `Task` makes one of data and a loss of your own."""

from backends.torch.tasks.custom import Task as Task
