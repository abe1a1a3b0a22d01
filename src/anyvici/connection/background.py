"""Tasks behind the body of an `async with`."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

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


class EnteredOnce:
    """Something with tasks behind it, entered by `async with`; subclasses tell what that takes.

    Cancelled, or failed, while it is entered, everything is left again that was on the stack.
    """

    _stack: AsyncExitStack | None = None

    async def __aenter__(self) -> Self:
        if self._stack is not None:
            raise RuntimeError(f"a {type(self).__name__} is entered once")
        self._stack = AsyncExitStack()
        async with AsyncExitStack() as stack:
            await self._enter(stack)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._stack is not None
        await self._stack.__aexit__(kind, error, traceback)

    async def _enter(self, stack: AsyncExitStack) -> None:
        """Put on the stack what there is as long as this is not left."""
        raise NotImplementedError
