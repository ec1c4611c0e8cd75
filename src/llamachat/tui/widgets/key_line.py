"""The footer: the keys that hold now; what does nothing at the moment is dimmed.

Textual's footer is built anew at every change of bindings, which took 10 to 30 ms at the beginning
and end of each answer; here the keys stay, and only those that change are drawn again. Knows no
particular key.
"""

from __future__ import annotations

from textual.screen import Screen
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

Face = tuple[str, str, str, str]
"""what a key looks like while it can be used: action, key, description, tooltip"""


class KeyLine(Footer):
    """Shows the bindings of the screen that ask to be shown."""

    _faces: tuple[Face, ...] = ()

    def bindings_changed(self, screen: Screen[object]) -> None:
        self._bindings_ready = True
        if screen.app.app_focus and self.is_attached and screen is self.screen:
            self.call_after_refresh(self._take_up)

    async def _take_up(self) -> None:
        """Build the line anew where other keys are to be shown; else dim and light them."""
        if not self.is_attached:  # closed meanwhile
            return
        shown = [active for active in self.screen.active_bindings.values() if active.binding.show]
        faces = tuple(
            (b.action, self.app.get_key_display(b), b.description, tooltip)
            for _, b, _, tooltip in shown
        )
        if faces != self._faces:
            self._faces = faces
            await self.recompose()
            return
        enabled = {active.binding.action: active.enabled for active in reversed(shown)}
        for key in self.query(FooterKey):
            if key.action in enabled:
                key._disabled = not enabled[key.action]
                key.set_class(key._disabled, "-disabled")
