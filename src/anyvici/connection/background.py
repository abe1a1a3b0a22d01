"""Tasks behind the body of an `async with`."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Self

import anyio
from anyio.abc import TaskGroup


class Background:
    """Tasks behind the body of an `async with`: they never raise, and end when it is left."""

    def __init__(self, group: TaskGroup) -> None:
        self._group = group
        self._scopes: set[anyio.CancelScope] = set()
        self._over = False

    def start_soon(self, run: Callable[..., Awaitable[object]], *arguments: object) -> None:
        """Run a task until it ends or the body is left; a scope around that does not cancel it."""
        self._group.start_soon(self._shielded, run, arguments)

    async def _shielded(
        self, run: Callable[..., Awaitable[object]], arguments: tuple[object, ...]
    ) -> None:
        with anyio.CancelScope(shield=True) as scope:
            if self._over:  # it is still begun, to put in order what was handed to it
                scope.cancel()
            self._scopes.add(scope)
            try:
                await run(*arguments)
            finally:
                self._scopes.discard(scope)

    def end(self) -> None:
        """Cancel all tasks."""
        self._over = True
        for scope in self._scopes:
            scope.cancel()


@asynccontextmanager
async def background() -> AsyncGenerator[Background]:
    """Run tasks that never raise; leaving cancels them.

    Nothing else does: when a scope around it is cancelled they go on until the body is left, so
    that what the body does then, in a shielded scope, can still use what they are there for.

    What the body raises comes out as it is, not in the ExceptionGroup a task group makes of it.
    """
    failure: BaseException | None = None
    try:
        async with anyio.create_task_group() as group:
            tasks = Background(group)
            try:
                yield tasks
            except anyio.get_cancelled_exc_class():
                raise
            except BaseException as error:
                failure = error
            finally:
                tasks.end()
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
