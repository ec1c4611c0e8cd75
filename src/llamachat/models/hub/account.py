"""Which hub is asked, with whose token, and where its cache is.

Everything comes from the variables that huggingface_hub reads too (HF_ENDPOINT, HF_TOKEN, HF_HOME),
unless a flag says otherwise. Knows nothing of files.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from llamachat.models.hub.cache import cache_dir, is_offline

if TYPE_CHECKING:
    from huggingface_hub import HfApi

PUBLIC = "https://huggingface.co"


@dataclass(frozen=True, slots=True)
class Hub:
    """One hub as one person sees it."""

    endpoint: str = PUBLIC
    cache: Path = field(default_factory=cache_dir)
    token: str | None = field(default=None, repr=False)
    """None: that of HF_TOKEN, or the one that `hf auth login` keeps"""
    offline: bool = False

    @staticmethod
    def from_environment(
        environ: Mapping[str, str] | None = None, *, token: str | None = None, offline: bool = False
    ) -> Hub:
        """As the variables say; a token and --offline come from flags."""
        env = os.environ if environ is None else environ
        return Hub(
            endpoint=(env.get("HF_ENDPOINT") or PUBLIC).rstrip("/"),
            cache=cache_dir(env),
            token=token or None,
            offline=offline or is_offline(env),
        )

    @property
    def has_token(self) -> bool:
        return "authorization" in self.headers()

    def page(self, path: str) -> str:
        """An address for a browser."""
        return f"{self.endpoint}/{path}"

    def headers(self) -> dict[str, str]:
        """Who asks, and with which right; for the hub alone."""
        from huggingface_hub.utils import build_hf_headers

        from llamachat import __version__

        quiet()
        return build_hf_headers(
            token=self.token, library_name="llamachat", library_version=__version__
        )

    def api(self) -> HfApi:
        """Hugging Face's own client."""
        from huggingface_hub import HfApi  # 0.3 s

        from llamachat import __version__

        quiet()
        return HfApi(
            endpoint=self.endpoint,
            token=self.token,
            library_name="llamachat",
            library_version=__version__,
        )


def quiet() -> None:
    """Asks huggingface_hub to send the hub no more than a request needs: without this it looks for
    programs around us and names them in every request."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True
