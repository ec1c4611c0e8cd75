"""A dialog knows what its roles are called."""

import pytest

from llamachat.chat.dialog import Dialog
from llamachat.chat.message import Role


@pytest.mark.parametrize(
    ("dialog", "names"),
    [
        (Dialog(), ("User", "Assistant", "System")),
        (Dialog(user="Anna", assistant="Bob"), ("Anna", "Bob", "System")),
        (Dialog(user="", assistant=""), ("User", "Assistant", "System")),
    ],
)
def test_every_role_has_a_name(dialog: Dialog, names: tuple[str, ...]) -> None:
    roles: tuple[Role, ...] = ("user", "assistant", "system")
    assert tuple(map(dialog.role_name, roles)) == names
