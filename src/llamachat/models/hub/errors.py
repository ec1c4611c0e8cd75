"""What the hub's refusals mean to the person, in one sentence each and with what to do.

The one place where exceptions of huggingface_hub and its HTTP client become ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llamachat.errors import DownloadError, LlamaChatError, UsageError
from llamachat.models.reference import HubReference

if TYPE_CHECKING:
    from llamachat.models.hub.account import Hub

GIVE_TOKEN = "Give it a token: HF_TOKEN=hf_… before the command, or --hf-token hf_… after it"
TOKENS_PAGE = "settings/tokens"


def explained(error: Exception, reference: HubReference, hub: Hub) -> LlamaChatError | None:
    """The same in words; None for what is not the hub's, a fault of ours for example."""
    from huggingface_hub import errors as theirs

    match error:
        case LlamaChatError():
            return error
        case theirs.GatedRepoError():
            return gated(reference.repo, hub)
        case theirs.RepositoryNotFoundError():
            return _unknown_repository(reference, hub)
        case theirs.RevisionNotFoundError():
            return UsageError(
                f"{reference.repo} has no branch, tag or commit {reference.revision!r}.",
                f"They are listed at {hub.page(reference.repo)}/tree/main",
            )
        case theirs.RemoteEntryNotFoundError():
            return UsageError(
                f"{reference.repo} has no file {reference.file!r}.",
                f"Its files: {hub.page(reference.repo)}/tree/main",
            )
        case theirs.DisabledRepoError():
            return DownloadError(
                f"The hub has disabled {reference.repo}.", "Choose another: llamachat models list"
            )
        case theirs.HfHubHTTPError():
            return _status(error.response.status_code, reference, hub)
        case theirs.HFValidationError():
            return UsageError(f"{reference.repo!r} cannot be a repository of the hub.")
        case theirs.OfflineModeIsEnabled():
            return offline(reference)
        case theirs.FileMetadataError() | ValueError() | KeyError() | TypeError():
            return no_hub(hub)
    return unreachable(error, hub.endpoint)


def gated(repo: str, hub: Hub) -> DownloadError:
    """Its authors want something of the person first."""
    page = hub.page(repo)
    if hub.has_token:
        return DownloadError(
            f"{repo} is gated, and the owner of this token has no access to it (yet).",
            f"Sign in as that owner and accept the terms at {page} — some authors approve by hand; "
            "a fine-grained token must also be allowed to read gated repositories.",
        )
    return DownloadError(
        f"{repo} is gated: its authors want their terms accepted first.",
        f"Sign in, accept them at {page}, and make a token at {hub.page(TOKENS_PAGE)}\n"
        f"{GIVE_TOKEN}; `hf auth login` keeps it.",
    )


def offline(reference: HubReference) -> DownloadError:
    return DownloadError(
        f"{reference} is not in the cache, and the network is forbidden.",
        "Leave out --offline and unset HF_HUB_OFFLINE to fetch it.",
    )


def no_hub(hub: Hub) -> DownloadError:
    """Something answered, and not as a hub does."""
    return DownloadError(
        f"What answered for {urlsplit(hub.endpoint).netloc} is not the hub.",
        "Is there a sign-in page or a proxy in between? HF_ENDPOINT says whom to ask.",
    )


def unreachable(error: Exception, url: str) -> DownloadError | None:
    """A line, name, proxy or certificate that does not work; None where it is no such thing."""
    import httpx2

    host, text = urlsplit(url).netloc, str(error)
    if not isinstance(error, httpx2.HTTPError | httpx2.InvalidURL):
        return None
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return DownloadError(
            f"The certificate of {host} cannot be verified.",
            "Behind a company's proxy its certificate must be known: SSL_CERT_FILE=/path/ca.pem",
        )
    if isinstance(error, httpx2.ProxyError):
        return DownloadError(f"The proxy refuses: {text}.", "See HTTPS_PROXY and NO_PROXY.")
    if isinstance(error, httpx2.TimeoutException):
        return DownloadError(f"{host} does not answer.", "Try again later.")
    if isinstance(error, httpx2.ConnectError):
        return DownloadError(
            f"{host} cannot be reached: {text or 'no connection'}.",
            "Is this machine online? Behind a proxy set HTTPS_PROXY.",
        )
    return DownloadError(f"The connection to {host} failed: {text}.", "Try again.")


def _unknown_repository(reference: HubReference, hub: Hub) -> DownloadError:
    private = (
        "If it is private, see whether the owner of the token may read it."
        if hub.has_token
        else f"If it is private: {GIVE_TOKEN[0].lower()}{GIVE_TOKEN[1:]}."
    )
    return DownloadError(
        f"The hub has no repository {reference.repo}, or it is private.",
        f"Check the name at {hub.page(reference.repo)}\n{private}",
    )


def _status(status: int, reference: HubReference, hub: Hub) -> DownloadError:
    if status == 401:
        return DownloadError(
            "The hub does not accept the token.",
            f"Make a new one at {hub.page(TOKENS_PAGE)}, or fetch without: unset HF_TOKEN, and "
            "`hf auth logout`.",
        )
    if status == 403:
        return DownloadError(
            f"The token does not allow reading {reference.repo}.",
            f"Its permissions: {hub.page(TOKENS_PAGE)}",
        )
    if status == 429:
        return DownloadError(
            "The hub has had too many requests from here.",
            f"Wait some minutes. With a token it allows more. {GIVE_TOKEN}.",
        )
    if status >= 500:
        return DownloadError(
            f"The hub is in trouble (HTTP {status}).",
            "Try again later: https://status.huggingface.co",
        )
    return DownloadError(f"The hub answers HTTP {status} to {reference}.", hub.page(reference.repo))
