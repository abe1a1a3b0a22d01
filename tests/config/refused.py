"""What is said of a wrong connection, pool or authority."""

from typing import Any

import pytest

from anyvici import LocalProtocolError
from anyvici.config.check import check_conn


def refusal(config: Any, name: Any = "gw", check: Any = check_conn) -> str:
    with pytest.raises(LocalProtocolError) as caught:
        check(name, config)
    return str(caught.value)


def type_error(config: Any, name: Any = "gw", check: Any = check_conn) -> str:
    with pytest.raises(TypeError) as caught:
        check(name, config)
    return str(caught.value)
