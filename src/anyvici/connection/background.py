"""Tasks behind the body of an `async with`."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
from anyio.abc import TaskGroup


@asynccontextmanager
async def background() -> AsyncGenerator[TaskGroup]:
    """Run tasks that never raise; leaving cancels them.

    What the body raises comes out as it is, not in the ExceptionGroup a task group makes of it.
    """
    failure: BaseException | None = None
    try:
        async with anyio.create_task_group() as tasks:
            try:
                yield tasks
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:
                failure = error
            finally:
                tasks.cancel_scope.cancel()
    finally:
        # In a `finally`, or it would be lost when an outer scope is cancelled; and outside of the
        # task group, which would wrap it.
        if failure is not None:
            raise failure
