"""Running code that nobody trusts: sessions with a persistent interpreter, a shell and files, held by the kernel."""

from typing import TYPE_CHECKING

from openenv._lazy import attach

if TYPE_CHECKING:
    from openenv.sandbox.files import FileEntry as FileEntry
    from openenv.sandbox.grades import GradeResult as GradeResult
    from openenv.sandbox.grades import Verdict as Verdict
    from openenv.sandbox.isolation import Isolation as Isolation
    from openenv.sandbox.isolation import Level as Level
    from openenv.sandbox.limits import Limits as Limits
    from openenv.sandbox.results import ExecResult as ExecResult
    from openenv.sandbox.results import Status as Status
    from openenv.sandbox.sandbox import AsyncSandbox as AsyncSandbox
    from openenv.sandbox.sandbox import Sandbox as Sandbox
    from openenv.sandbox.session import AsyncSession as AsyncSession
    from openenv.sandbox.session import Session as Session
else:
    __getattr__, __dir__, __all__ = attach(
        __name__,
        {
            "AsyncSandbox": "openenv.sandbox.sandbox",
            "AsyncSession": "openenv.sandbox.session",
            "ExecResult": "openenv.sandbox.results",
            "FileEntry": "openenv.sandbox.files",
            "GradeResult": "openenv.sandbox.grades",
            "Isolation": "openenv.sandbox.isolation",
            "Level": "openenv.sandbox.isolation",
            "Limits": "openenv.sandbox.limits",
            "Sandbox": "openenv.sandbox.sandbox",
            "Session": "openenv.sandbox.session",
            "Status": "openenv.sandbox.results",
            "Verdict": "openenv.sandbox.grades",
        },
    )
