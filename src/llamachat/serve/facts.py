"""The endpoints that only tell: health, the model, the counters. None of them waits for a turn."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from llamachat.serve.metrics import FORMAT
from llamachat.serve.refusal import Refusal
from llamachat.serve.sending import Json
from llamachat.serve.service import Service


class Facts:
    """What is asked without asking the engine."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def health(self, request: Request) -> Response:
        """200 where requests are answered; else 503, and why they are not."""
        self._service.desk.check()
        return Json({"status": "ok"})

    async def models(self, request: Request) -> Response:
        return Json({"object": "list", "data": [self._model()]})

    async def model(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name != self._service.model:
            raise Refusal(
                404,
                f"The model {name[:200]!r} is not served here; {self._service.model!r} is.",
                param="model",
                code="model_not_found",
            )
        return Json(self._model())

    async def metrics(self, request: Request) -> Response:
        counted, desk = self._service.metrics, self._service.desk
        counted.waiting.set(desk.turns.waiting)
        counted.busy.set(desk.turns.taken)
        counted.ready.set(desk.ready)
        return Response(counted.text(), media_type=FORMAT)

    def _model(self) -> dict[str, object]:
        """OpenAI's fields, and what a client of a local model wants to know."""
        info = self._service.desk.info
        path = Path(info.path)
        created = path.stat().st_mtime if path.exists() else self._service.settings.started
        meta = {
            "n_params": info.n_params,
            "n_ctx": info.n_ctx,
            "n_ctx_train": info.n_ctx_train,
            "n_embd": info.n_embd,
            "n_vocab": info.n_vocab,
            "ftype": info.ftype,
        }
        return {
            "id": self._service.model,
            "object": "model",
            "created": int(created),
            "owned_by": "llamachat",
            "meta": meta,
        }
